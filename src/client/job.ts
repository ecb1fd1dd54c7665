/** One job from its creation to its end. */
import { type BoardsOfJob, JobState, type JobStateAnswer } from "./answers.js";
import type { Client } from "./client.js";
import { JobEndedError, NoServerError } from "./errors.js";

export interface JobRequest {
  readonly owner: string;
  /** What `create_job` takes by position: `[]`, `[boards]`, `[width, height]` or `[x, y, z]`. */
  readonly size: readonly number[];
  /** Seconds; null for ever. The job renews it by itself. @default 60 */
  readonly keepaliveS?: number | null;
  /** What else `create_job` takes by name, such as `machine` or `max_dead_boards`. */
  readonly more?: object;
}

/** How often a keepalive is renewed before it is over. */
const RENEWALS = 3;
/** The longest time that a timer of Node takes. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Job {
  /** Renews the keepalive. */
  private readonly renewal: NodeJS.Timeout | null;

  private constructor(
    private readonly client: Client,
    readonly id: number,
    keepaliveS: number | null,
  ) {
    const restMs = keepaliveS === null ? null : (keepaliveS * 1000) / RENEWALS;
    this.renewal =
      restMs === null ? null : setInterval(() => this.renew(), Math.min(restMs, LONGEST_TIMER_MS));
  }

  /** @throws RefusedError when the server does not take the request */
  static async create(
    client: Client,
    { owner, size, keepaliveS = 60, more }: JobRequest,
  ): Promise<Job> {
    const id = await client.call("create_job", size, { ...more, owner, keepalive: keepaliveS });
    return new Job(client, id, keepaliveS);
  }

  state(): Promise<JobStateAnswer> {
    return this.client.call("get_job_state", [this.id]);
  }

  /** The boards of the job; null while it has none. */
  async boards(): Promise<BoardsOfJob | null> {
    const info = await this.client.call("get_job_machine_info", [this.id]);
    return info.machine_name === null ? null : info;
  }

  /**
   * Watches the job until it is ready.
   *
   * @param seen - Called with its state at first, and whenever that is another.
   * @throws JobEndedError when it ends first
   */
  async untilReady(seen: (answer: JobStateAnswer) => void = () => undefined): Promise<void> {
    const changes = this.client.changes();
    try {
      await this.client.call("notify_job", [this.id]);
      for (let last: JobState | null = null; ; await changes.next()) {
        const answer = await this.state();
        if (answer.state !== last) seen(answer);
        last = answer.state;
        if (answer.state === JobState.ready) return;
        if (answer.state === JobState.destroyed || answer.state === JobState.unknown) {
          this.leave();
          throw new JobEndedError(this.id, answer.reason);
        }
      }
    } finally {
      changes.stop();
    }
  }

  async destroy(reason: string | null = null): Promise<void> {
    this.leave();
    await this.client.call("destroy_job", [this.id, reason]);
  }

  /** Renews the keepalive no more: the job ends by itself, unless somebody else keeps it alive. */
  leave(): void {
    if (this.renewal !== null) clearInterval(this.renewal);
  }

  private renew(): void {
    this.client.call("job_keepalive", [this.id]).catch((error: unknown) => {
      this.leave();
      // Whatever is asked next fails for the same reason.
      if (!(error instanceof NoServerError)) throw error;
    });
  }
}
