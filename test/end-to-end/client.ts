/** What the end-to-end tests do with jobs, in few words, on the client of src/client. */
import {
  type Answers,
  type BoardsOfJob,
  type Changes,
  type Command,
  connect,
  JobState,
  type JobStateAnswer,
  type Client as ProtocolClient,
} from "../../src/client/index.js";

export const { queued: QUEUED, power: POWER, ready: READY, destroyed: DESTROYED } = JobState;

export class Client {
  private constructor(private readonly client: ProtocolClient) {}

  static async open(port: number): Promise<Client> {
    return new Client(await connect("127.0.0.1", port));
  }

  /** @throws RefusedError when the answer is an exception */
  call<C extends Command>(
    command: C,
    args: readonly unknown[] = [],
    kwargs: object = {},
  ): Promise<Answers[C]> {
    return this.client.call(command, args, kwargs);
  }

  create(args: readonly unknown[], kwargs: object = {}): Promise<number> {
    return this.call("create_job", args, { owner: "tester", keepalive: null, ...kwargs });
  }

  state(jobId: number): Promise<JobStateAnswer> {
    return this.call("get_job_state", [jobId]);
  }

  /** The boards of a job that has some. */
  async info(jobId: number): Promise<BoardsOfJob> {
    const info = await this.call("get_job_machine_info", [jobId]);
    if (info.machine_name === null) throw new Error(`job ${jobId} has no boards`);
    return info;
  }

  changes(): Changes {
    return this.client.changes();
  }

  /** Waits, by notifications, until the job is in that state; returns its answer. */
  async reaches(jobId: number, state: JobState): Promise<JobStateAnswer> {
    const changes = this.changes();
    try {
      await this.call("notify_job", [jobId]);
      for (;;) {
        const answer = await this.state(jobId);
        if (answer.state === state) return answer;
        if (answer.state === DESTROYED) throw new Error(`job ${jobId} ended: ${answer.reason}`);
        await changes.next();
      }
    } finally {
      changes.stop();
    }
  }

  untilClosed(): Promise<void> {
    return this.client.closed;
  }

  close(): void {
    this.client.close();
  }
}
