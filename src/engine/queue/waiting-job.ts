/** A job in the queue of a machine, as the queue, its policy and its admission see it. */
import type { PlacementRequest } from "../../domain/request.js";

export interface WaitingJob {
  /** Higher the later the job was created. */
  readonly jobId: number;
  readonly owner: string;
  /** Whose share it is part of: the host that created it, as far as that is known; "" otherwise. */
  readonly creatorHost: string;
  readonly request: PlacementRequest;
  /** Jobs with the same key ask the same of a machine. */
  readonly requestKey: string;
  /**
   * Clock.elapsed() of its creation, less than 0 before the last restart of the server. Never less
   * than that of a job with a lower id.
   */
  readonly createdMs: number;
}
