/** What is held for clients: live jobs and their texts, by the hosts of those who created them. */
import type { JobHoldings } from "../contract/api.js";

interface HeldJob {
  /** "" where it is not known. */
  readonly creatorHost: string;
  readonly textBytes: number;
}

interface Held {
  jobs: number;
  bytes: number;
}

export class Holdings {
  /** Hosts without jobs are forgotten. */
  private readonly byHost = new Map<string, Held>();
  private readonly total: Held = { jobs: 0, bytes: 0 };

  of(host: string): JobHoldings {
    const held = this.byHost.get(host);
    return {
      jobsOfHost: held?.jobs ?? 0,
      totalJobs: this.total.jobs,
      bytesOfHost: held?.bytes ?? 0,
      totalBytes: this.total.bytes,
    };
  }

  add({ creatorHost, textBytes }: HeldJob): void {
    this.total.jobs++;
    this.total.bytes += textBytes;
    const held = this.byHost.get(creatorHost);
    if (held === undefined) this.byHost.set(creatorHost, { jobs: 1, bytes: textBytes });
    else {
      held.jobs++;
      held.bytes += textBytes;
    }
  }

  remove({ creatorHost, textBytes }: HeldJob): void {
    this.total.jobs--;
    this.total.bytes -= textBytes;
    const held = this.byHost.get(creatorHost);
    if (held === undefined) return;
    held.jobs--;
    held.bytes -= textBytes;
    if (held.jobs === 0) this.byHost.delete(creatorHost);
  }
}
