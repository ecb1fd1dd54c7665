/**
 * A client that does what clients do, and expects what they may expect: its answers in time, its jobs alive
 * as long as it keeps them so, and boards for them soon.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "../../src/client/client.js";
import { type Answers, type Changes, type Command, JobState } from "../../src/client/index.js";
import type { Random } from "../simulation/random.js";
import { clientFrom } from "./connection.js";
import type { HonestJob, HonestJobs } from "./honest-jobs.js";
import type { Judge } from "./judge.js";
import { WIDE, WIDE_TAG } from "./machines.js";

const VERSION = "1.0.0";
/** Soon over for whoever is not heard: it is renewed every second or so. */
const KEEPALIVE_S = 6;
const MOST_JOBS = 3;
const ROUNDS_OF_SESSION = 40;
const LONGEST_REST_MS = 120;
/** `list_jobs` may be long, and costs the honest side as well. */
const LIST_CHANCE = 0.08;
const RECONNECT_MS = 50;

export class HonestClient {
  constructor(
    private readonly name: string,
    private readonly address: string,
    private readonly jobs: HonestJobs,
    private readonly judge: Judge,
    private readonly random: Random,
  ) {}

  async work(port: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        await this.session(port, isOver);
      } catch {
        // The judge knows of it. A job may have been created or destroyed without a word of it.
        this.jobs.connectionLost(this.name);
        await sleep(RECONNECT_MS);
      }
    }
  }

  private async session(port: number, isOver: () => boolean): Promise<void> {
    const { judge, random } = this;
    const client = await judge.answer(`${this.name}: connecting`, () =>
      clientFrom(this.address, port),
    );
    const changes = client.changes();
    try {
      for (const job of this.jobs.of(this.name)) await this.ask(client, "notify_job", [job.id]);
      for (let round = 0; round < ROUNDS_OF_SESSION && !isOver(); round++) {
        await this.keepAlive(client);
        await this.act(client, changes);
        await sleep(random.below(LONGEST_REST_MS));
      }
    } finally {
      client.close();
    }
  }

  private async keepAlive(client: Client): Promise<void> {
    for (const job of this.jobs.of(this.name)) {
      const answer = await this.ask(client, "job_keepalive", [job.id]);
      this.judge.expect(answer === null, () => `job_keepalive answers ${JSON.stringify(answer)}`);
      if (!job.isReady) await this.look(client, job);
    }
  }

  private async act(client: Client, changes: Changes): Promise<void> {
    const { random, jobs, judge } = this;
    const mine = jobs.of(this.name);
    const what = random.next();
    if (what < LIST_CHANCE) jobs.listed(this.name, await this.ask(client, "list_jobs"));
    else if (what < 0.3) {
      const version = await this.ask(client, "version");
      judge.expect(version === VERSION, () => `version answers ${JSON.stringify(version)}`);
    } else if (mine.length < MOST_JOBS && what < 0.65) await this.create(client);
    else if (mine.length > 0) {
      const job = random.pick(mine);
      if (job.isReady && random.chance(0.6)) await this.destroy(client, changes, job);
      else await this.look(client, job);
    }
  }

  private async create(client: Client): Promise<void> {
    const kwargs = { owner: this.name, keepalive: KEEPALIVE_S, tags: [WIDE_TAG] };
    const id = await this.ask(client, "create_job", [1], kwargs);
    const job = this.jobs.created(this.name, id);
    await this.ask(client, "notify_job", [id]);
    await this.look(client, job);
  }

  private async look(client: Client, job: HonestJob): Promise<void> {
    const answer = await this.ask(client, "get_job_state", [job.id]);
    this.jobs.seen(job, answer);
    if (answer.state !== JobState.ready || job.isReady) return;
    const { machine_name: machine, boards } = await this.ask(client, "get_job_machine_info", [
      job.id,
    ]);
    // Meanwhile its boards may be powered again; but they stay its own.
    this.judge.expect(
      machine === WIDE.name && boards?.length === 1,
      () => `job ${job.id} of ${this.name} is ready with ${JSON.stringify({ machine, boards })}`,
    );
    this.jobs.ready(job);
  }

  private async destroy(client: Client, changes: Changes, job: HonestJob): Promise<void> {
    const reason = `${this.name} is done`;
    this.jobs.destroying(job);
    await this.ask(client, "destroy_job", [job.id, reason]);
    this.jobs.destroyed(job);
    const answer = await this.ask(client, "get_job_state", [job.id]);
    this.judge.expect(
      answer.state === JobState.destroyed && answer.reason === reason,
      () => `job ${job.id} was destroyed by ${this.name}, and is ${JSON.stringify(answer)}`,
    );
    await this.judge.answer(`${this.name}: the notification of the end of a job`, async () => {
      while (!(await changes.next()).jobs.has(job.id));
    });
  }

  private ask<C extends Command>(
    client: Client,
    command: C,
    args: readonly unknown[] = [],
    kwargs: object = {},
  ): Promise<Answers[C]> {
    return this.judge.answer(`${this.name}: ${command}`, () => client.call(command, args, kwargs));
  }
}
