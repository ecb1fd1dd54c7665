/** What is held for clients: live jobs and their texts, by the hosts of those who created them. */
import { HostCounts } from "../../domain/host-counts.js";
import type { JobHoldings } from "../contract/api.js";

interface HeldJob {
  /** Null where it is not known. */
  readonly creatorHost: string | null;
  readonly textBytes: number;
}

export class Holdings {
  private readonly jobs = new HostCounts();
  private readonly bytes = new HostCounts();

  of(host: string): JobHoldings {
    const { jobs, bytes } = this;
    return {
      jobsOfHost: jobs.of(host),
      totalJobs: jobs.total,
      bytesOfHost: bytes.of(host),
      totalBytes: bytes.total,
    };
  }

  add({ creatorHost, textBytes }: HeldJob): void {
    this.jobs.add(creatorHost, 1);
    this.bytes.add(creatorHost, textBytes);
  }

  remove({ creatorHost, textBytes }: HeldJob): void {
    this.jobs.add(creatorHost, -1);
    this.bytes.add(creatorHost, -textBytes);
  }
}
