/** A client that does what clients do, again and again, and holds each answer against what is right. */
import { isDeepStrictEqual } from "node:util";
import { TestClient } from "../protocol/client.js";

const READY = 3;
const QUEUED = 1;
const POWER = 2;
const DESTROYED = 4;
const MACHINE = "honest";

export class HonestClient {
  readonly violations: string[] = [];
  /** Its job while it has one, so that nobody is told to destroy it. */
  jobId: number | null = null;
  highestId = 0;
  jobs = 0;
  answers = 0;
  slowestMs = 0;
  private notifications: Record<string, unknown>[] = [];

  private constructor(private readonly client: TestClient) {}

  static async open(port: number): Promise<HonestClient> {
    return new HonestClient(await TestClient.open(port));
  }

  /** One job, from its creation to its end. */
  async liveOneJob(): Promise<void> {
    this.expect("version", await this.ask("version"), "1.0.0");
    const id = await this.create();
    await this.ask("notify_job", [id]);
    this.notifications = [];
    let state = await this.state(id);
    while (state["state"] !== READY) {
      // Its boards may be at rest or its BMP slow to answer; then it waits its turn, and is told.
      if (state["state"] !== QUEUED && state["state"] !== POWER) {
        this.violations.push(`job ${id} is ${JSON.stringify(state)} before it was ready`);
        return;
      }
      if (this.notifications.length === 0) this.take(await this.client.next());
      this.notifications = [];
      state = await this.state(id);
    }
    const info = (await this.ask("get_job_machine_info", [id])) as Record<string, unknown>;
    this.expect("machine", info["machine_name"], MACHINE);
    this.expect("width", info["width"], 8);
    const [[x, y, z]] = info["boards"] as [[number, number, number]];
    const kwargs = { machine: MACHINE, x, y, z };
    const whereabouts = (await this.ask("where_is", [], kwargs)) as Record<string, unknown>;
    this.expect("owner of the board", whereabouts["job_id"], id);
    const listed = (await this.ask("list_jobs")) as { job_id: number }[];
    this.expect("listed once", listed.filter(({ job_id }) => job_id === id).length, 1);
    await this.ask("destroy_job", [id, "done"]);
    const { state: ended, reason } = await this.state(id);
    this.expect("end", [ended, reason], [DESTROYED, "done"]);
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
    if (typeof id !== "number") throw new Error(`create_job returned ${JSON.stringify(id)}`);
    this.jobId = id;
    this.highestId = id;
    return id;
  }

  private async state(id: number): Promise<Record<string, unknown>> {
    return (await this.ask("get_job_state", [id])) as Record<string, unknown>;
  }

  /** Asks, and waits for the answer that is the next to come. */
  private async ask(command: string, args: readonly unknown[] = [], kwargs: object = {}) {
    const askedAt = performance.now();
    this.client.request(command, args, kwargs);
    let answer = await this.client.next();
    while (!("return" in answer) && !("exception" in answer)) {
      this.take(answer);
      answer = await this.client.next();
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - askedAt);
    this.answers++;
    if ("exception" in answer) this.violations.push(`${command}: ${answer["exception"]}`);
    return answer["return"];
  }

  private take(notification: Record<string, unknown>): void {
    this.notifications.push(notification);
  }

  private expect(what: string, got: unknown, wanted: unknown): void {
    if (isDeepStrictEqual(got, wanted)) return;
    this.violations.push(`${what}: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`);
  }
}
