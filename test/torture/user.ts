/** A client that creates jobs and uses them at random, one request at a time, until it is cut off. */

import type { Random } from "../../src/simulator/random.js";
import { TestClient } from "../protocol/client.js";
import type { Boards } from "./canonical.js";
import type { Asked, JobAnswer, Ledger, ToldJob } from "./ledger.js";

/** The connection is gone: whatever was asked last may have happened or not. */
class CutOff extends Error {}

export class Caller {
  private constructor(private readonly socket: TestClient) {}

  /** @throws CutOff when nobody listens. */
  static async open(port: number): Promise<Caller> {
    try {
      return new Caller(await TestClient.open(port));
    } catch (cause) {
      throw new CutOff("nobody listens", { cause });
    }
  }

  /** @throws CutOff when no answer came, Error when it is an exception. */
  async call<T>(command: string, args: readonly unknown[] = [], kwargs: object = {}): Promise<T> {
    if (this.socket.isClosed) throw new CutOff(command);
    this.socket.request(command, args, kwargs);
    for (;;) {
      const line = await this.socket.line();
      if (line === null) throw new CutOff(command);
      const answer = JSON.parse(line) as Record<string, unknown>;
      if ("return" in answer) return answer["return"] as T;
      if ("exception" in answer) throw new Error(`${command}: ${answer["exception"]}`);
    }
  }

  state(id: number): Promise<JobAnswer> {
    return this.call("get_job_state", [id]);
  }

  async boards(id: number): Promise<Boards | null> {
    type Info = { machine_name: string | null; boards: Boards["boards"] | null };
    const { machine_name, boards } = await this.call<Info>("get_job_machine_info", [id]);
    return machine_name === null || boards === null ? null : { machine: machine_name, boards };
  }

  close(): void {
    this.socket.close();
  }
}

/** Most jobs that one user has at a time. */
const MOST_JOBS = 5;

export class User {
  jobs: ToldJob[] = [];
  private created = 0;

  constructor(
    private readonly name: string,
    private readonly ledger: Ledger,
    private readonly random: Random,
  ) {}

  /** Goes on until the server is gone or `stop` says so. */
  async use(port: number, stop: () => boolean): Promise<void> {
    let caller: Caller | null = null;
    try {
      caller = await Caller.open(port);
      await caller.call("notify_job");
      while (!stop()) {
        await this.act(caller);
        const pauseMs = this.random() < 0.5 ? 0 : this.random() * 20;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    } catch (error) {
      if (!(error instanceof CutOff)) this.ledger.violation(String(error));
    } finally {
      caller?.close();
    }
  }

  private async act(caller: Caller): Promise<void> {
    this.jobs = this.jobs.filter(({ ended }) => ended === null);
    const job = this.jobs[Math.floor(this.random() * this.jobs.length)];
    const what = this.random();
    if (job === undefined || (what < 0.3 && this.jobs.length < MOST_JOBS)) {
      await this.create(caller);
    } else if (what < 0.5) await this.destroy(caller, job);
    else if (what < 0.65) await this.power(caller, job);
    else if (what < 0.7) await caller.call("job_keepalive", [job.id]);
    else if (what < 0.85) await look(this.ledger, caller, job);
    else this.ledger.stateTold(job, await caller.state(job.id));
  }

  private async create(caller: Caller): Promise<void> {
    this.created += 1;
    const { random } = this;
    const owner = `${this.name}-${this.created}`;
    const onSmall = random() < 0.2;
    const keepalive = random() < 0.1 ? 0.3 : null;
    const asked: Asked = { owner, keepalive, mayLoseMachine: onSmall };
    const size = random() < 0.5 ? [] : [1 + Math.floor(random() * 9)];
    const before = this.ledger.creates(asked);
    const where = onSmall ? { tags: ["small"] } : { machine: "large" };
    const id = await caller.call<number>("create_job", size, { owner, keepalive, ...where });
    this.jobs.push(this.ledger.created(asked, id, before));
  }

  private async destroy(caller: Caller, job: ToldJob): Promise<void> {
    const reason = this.random() < 0.3 ? null : `no more use for ${job.id}`;
    this.ledger.destroys(job, reason);
    await caller.call("destroy_job", [job.id, reason]);
    this.ledger.destroyed(job);
  }

  private async power(caller: Caller, job: ToldJob): Promise<void> {
    const on = this.random() < 0.5;
    this.ledger.orders(job, on);
    await caller.call(on ? "power_on_job_boards" : "power_off_job_boards", [job.id]);
    this.ledger.ordered(job, on);
  }
}

/** Asks for all that can be asked of a job. */
export async function look(ledger: Ledger, caller: Caller, job: ToldJob): Promise<void> {
  ledger.stateTold(job, await caller.state(job.id));
  ledger.boardsTold(job, await caller.boards(job.id));
}
