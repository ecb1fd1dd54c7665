/**
 * A machine without geometry: a job fits as long as so many triads are free. What its queue does with
 * a policy shows without any search.
 */
import { requestKey, triadsAsked } from "../../../src/domain/request.js";
import { type Admission, admitAll } from "../../../src/engine/queue/admission.js";
import { MachineQueue } from "../../../src/engine/queue/machine-queue.js";
import type { QueuePolicy } from "../../../src/engine/queue/queue-policy.js";
import type { WaitingJob } from "../../../src/engine/queue/waiting-job.js";
import { boards } from "../fixtures.js";

export const SIZE = { width: 5, height: 4 };
const TRIADS = SIZE.width * SIZE.height;

/** A job that asks for that many triads. */
export function waitingJob(
  jobId: number,
  triads: number,
  { createdMs = jobId, owner = "someone", creatorHost = "10.0.0.1" } = {},
): WaitingJob {
  const request = boards(3 * triads);
  return { jobId, owner, creatorHost, request, requestKey: requestKey(request), createdMs };
}

export class CountingMachine {
  readonly queue: MachineQueue<WaitingJob>;
  /** Every job that was started, in order. */
  readonly started: WaitingJob[] = [];
  readonly running: WaitingJob[] = [];
  nowMs = 0;
  private jobs = 0;
  private free = TRIADS;

  constructor(policy: QueuePolicy, admission: Admission = admitAll) {
    this.queue = new MachineQueue(SIZE, policy, admission);
  }

  create(
    triads: number,
    { owner = "someone", creatorHost = "10.0.0.1", needsWithheld = false } = {},
  ): WaitingJob {
    const job = waitingJob(++this.jobs, triads, { createdMs: this.nowMs, owner, creatorHost });
    this.queue.add(job);
    if (needsWithheld) this.queue.setFeasibility(job, "needsWithheld");
    this.settle();
    return job;
  }

  /** Ends one of the running jobs; of several, the one that the number picks. */
  end(which = 0): void {
    if (this.running.length === 0) return;
    const [job] = this.running.splice(which % this.running.length, 1);
    const triads = triadsAsked(job!.request);
    this.free += triads;
    this.queue.shares.holdings.giveBack(job!.creatorHost, 3 * triads);
    this.queue.roomChanged();
    this.settle();
  }

  /** Searches until there is nobody left to search for. */
  settle(): void {
    this.queue.renewAdmissions();
    for (let batches = 0; batches < 1000; batches++) {
      if (!this.search()) return;
    }
    throw new Error("the searches do not come to an end");
  }

  private search(): boolean {
    const { queue } = this;
    const jobs = queue.candidates(128, () => true);
    const { version } = queue;
    let blocked = false;
    queue.searchBegan(jobs);
    /** Rows searched in vain; null for a job that fits. */
    const rows = jobs.map((job) => {
      const triads = triadsAsked(job.request);
      if (blocked) return 0;
      if (triads > this.free) {
        blocked = !queue.overtaking;
        return SIZE.height;
      }
      this.free -= triads;
      return null;
    });
    queue.searchEnded();
    jobs.forEach((job, at) => {
      const searched = rows[at]!;
      if (searched === null) this.start(job);
      else queue.didNotFit(job, version, searched);
    });
    return jobs.length > 0;
  }

  private start(job: WaitingJob): void {
    this.queue.remove(job);
    this.queue.started(job, this.nowMs);
    this.queue.shares.holdings.take(job.creatorHost, 3 * triadsAsked(job.request));
    this.running.push(job);
    this.started.push(job);
  }
}
