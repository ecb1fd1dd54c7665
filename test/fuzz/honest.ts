/** A client that does what clients do, again and again, and holds each answer against what is right. */
import { isDeepStrictEqual } from "node:util";
import {
  type Answers,
  type Changes,
  type Client,
  type Command,
  connect,
  JobState,
} from "../../src/client/index.js";

const MACHINE = "honest";

export class HonestClient {
  readonly violations: string[] = [];
  /** Its job while it has one, so that nobody is told to destroy it. */
  jobId: number | null = null;
  highestId = 0;
  jobs = 0;
  answers = 0;
  slowestMs = 0;
  private readonly changes: Changes;

  private constructor(private readonly client: Client) {
    this.changes = client.changes();
  }

  static async open(port: number): Promise<HonestClient> {
    return new HonestClient(await connect("127.0.0.1", port));
  }

  /** One job, from its creation to its end. */
  async liveOneJob(): Promise<void> {
    this.expect("version", await this.ask("version"), "1.0.0");
    const id = await this.create();
    await this.ask("notify_job", [id]);
    let answer = await this.ask("get_job_state", [id]);
    while (answer.state !== JobState.ready) {
      // Its boards may be in cooldown or its BMP slow to answer; then it waits, and is told.
      if (answer.state !== JobState.queued && answer.state !== JobState.power) {
        this.violations.push(`job ${id} is ${JSON.stringify(answer)} before it was ready`);
        return;
      }
      await this.changes.next();
      answer = await this.ask("get_job_state", [id]);
    }
    const info = await this.ask("get_job_machine_info", [id]);
    this.expect("machine", info.machine_name, MACHINE);
    this.expect("width", info.width, 8);
    const [x, y, z] = info.boards?.[0] ?? [];
    const found = await this.ask("where_is", [], { machine: MACHINE, x, y, z });
    this.expect("owner of the board", found?.job_id, id);
    const listed = await this.ask("list_jobs");
    this.expect("listed once", listed.filter(({ job_id }) => job_id === id).length, 1);
    await this.ask("destroy_job", [id, "done"]);
    const { state: ended, reason } = await this.ask("get_job_state", [id]);
    this.expect("end", [ended, reason], [JobState.destroyed, "done"]);
    this.jobId = null;
    this.jobs++;
  }

  close(): void {
    this.client.close();
  }

  private async create(): Promise<number> {
    const id = await this.ask("create_job", [1], {
      owner: "honest",
      keepalive: 60,
      tags: [MACHINE],
    });
    this.expect("kind of a job id", typeof id, "number");
    this.jobId = id;
    this.highestId = id;
    return id;
  }

  private async ask<C extends Command>(
    command: C,
    args: readonly unknown[] = [],
    kwargs: object = {},
  ): Promise<Answers[C]> {
    const askedAt = performance.now();
    try {
      return await this.client.call(command, args, kwargs);
    } finally {
      this.slowestMs = Math.max(this.slowestMs, performance.now() - askedAt);
      this.answers++;
    }
  }

  private expect(what: string, got: unknown, wanted: unknown): void {
    if (isDeepStrictEqual(got, wanted)) return;
    this.violations.push(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
  }
}
