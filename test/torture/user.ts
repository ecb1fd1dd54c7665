/** A client that creates jobs and uses them at random, one request at a time, until it is cut off. */

import { type Client, connect, NoServerError } from "../../src/client/index.js";
import type { Random } from "../../src/simulator/random.js";
import type { Asked, Ledger, ToldJob } from "./ledger.js";

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
    let client: Client | null = null;
    try {
      client = await connect("127.0.0.1", port);
      await client.call("notify_job");
      while (!stop()) {
        await this.act(client);
        const pauseMs = this.random() < 0.5 ? 0 : this.random() * 20;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    } catch (error) {
      // Cut off: whatever was asked last may have happened or not.
      if (!(error instanceof NoServerError)) this.ledger.violation(String(error));
    } finally {
      client?.close();
    }
  }

  private async act(client: Client): Promise<void> {
    this.jobs = this.jobs.filter(({ ended }) => ended === null);
    const job = this.jobs[Math.floor(this.random() * this.jobs.length)];
    const what = this.random();
    if (job === undefined || (what < 0.3 && this.jobs.length < MOST_JOBS)) {
      await this.create(client);
    } else if (what < 0.5) await this.destroy(client, job);
    else if (what < 0.65) await this.power(client, job);
    else if (what < 0.7) await client.call("job_keepalive", [job.id]);
    else if (what < 0.85) await look(this.ledger, client, job);
    else this.ledger.stateTold(job, await client.call("get_job_state", [job.id]));
  }

  private async create(client: Client): Promise<void> {
    this.created += 1;
    const { random } = this;
    const owner = `${this.name}-${this.created}`;
    const onSmall = random() < 0.2;
    const keepalive = random() < 0.1 ? 0.3 : null;
    const asked: Asked = { owner, keepalive, mayLoseMachine: onSmall };
    const size = random() < 0.5 ? [] : [1 + Math.floor(random() * 9)];
    const before = this.ledger.creates(asked);
    const where = onSmall ? { tags: ["small"] } : { machine: "large" };
    const id = await client.call("create_job", size, { owner, keepalive, ...where });
    this.jobs.push(this.ledger.created(asked, id, before));
  }

  private async destroy(client: Client, job: ToldJob): Promise<void> {
    const reason = this.random() < 0.3 ? null : `no more use for ${job.id}`;
    this.ledger.destroys(job, reason);
    await client.call("destroy_job", [job.id, reason]);
    this.ledger.destroyed(job);
  }

  private async power(client: Client, job: ToldJob): Promise<void> {
    const on = this.random() < 0.5;
    this.ledger.orders(job, on);
    await client.call(on ? "power_on_job_boards" : "power_off_job_boards", [job.id]);
    this.ledger.ordered(job, on);
  }
}

/** Asks for all that can be asked of a job. */
export async function look(ledger: Ledger, client: Client, job: ToldJob): Promise<void> {
  ledger.stateTold(job, await client.call("get_job_state", [job.id]));
  const { machine_name: machine, boards } = await client.call("get_job_machine_info", [job.id]);
  ledger.boardsTold(job, machine === null ? null : { machine, boards });
}
