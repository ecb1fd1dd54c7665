/**
 * Jobs, machines and quarantine as they are on disk: what can be told at once, whatever the disk does with the
 * changes since.
 */
import type { JobView, MachineView } from "../contract/api.js";
import {
  type ChangeSet,
  type QuarantineKey,
  type QuarantineRecord,
  quarantineKey,
} from "../contract/records.js";
import type { LiveJob } from "./live-job.js";

export class DurableViews {
  private readonly jobViews = new Map<number, JobView>();
  /** Made of these when it is asked for, until one of them changes. */
  private sorted: readonly JobView[] | null = null;
  private machineViews: readonly MachineView[] = [];
  private readonly records = new Map<string, QuarantineRecord>();

  /** Of what a start found. */
  takeUp(jobs: Iterable<LiveJob>, quarantine: Iterable<QuarantineRecord>): void {
    for (const { jobId, view } of jobs) this.jobViews.set(jobId, view);
    for (const record of quarantine) this.records.set(keyOf(quarantineKey(record)), record);
  }

  /** Of what the configuration of a start made of it, which needs no commit to be true. */
  started(machines: readonly MachineView[]): void {
    this.machineViews = machines;
  }

  /**
   * Notes what a change set says of jobs as they are now.
   * @param machines by priority
   * @returns what to call once it is durable
   */
  committing(
    { jobs, quarantine }: Pick<ChangeSet, "jobs" | "quarantine">,
    live: ReadonlyMap<number, LiveJob>,
    machines: readonly MachineView[],
  ): () => void {
    const views = jobs.put.map(({ jobId }) => live.get(jobId)?.view);
    return () => {
      this.machineViews = machines;
      if (jobs.delete.length + views.length > 0) this.sorted = null;
      for (const jobId of jobs.delete) this.jobViews.delete(jobId);
      for (const view of views) if (view !== undefined) this.jobViews.set(view.jobId, view);
      for (const key of quarantine.delete) this.records.delete(keyOf(key));
      for (const record of quarantine.put) this.records.set(keyOf(quarantineKey(record)), record);
    };
  }

  /** Oldest first. */
  jobs(): readonly JobView[] {
    this.sorted ??= [...this.jobViews.values()].sort((a, b) => a.jobId - b.jobId);
    return this.sorted;
  }

  /** By priority. */
  machines(): readonly MachineView[] {
    return this.machineViews;
  }

  quarantine(): QuarantineRecord[] {
    return [...this.records.values()];
  }
}

function keyOf([bmp, number]: QuarantineKey): string {
  return `${number} ${bmp}`;
}
