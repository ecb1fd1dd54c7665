/**
 * A server is used, killed and started again, many times:
 *
 *   start    under a configuration that may have changed; sometimes killed on the way
 *   check    every job of which anybody was told anything is asked for
 *   use      some users at random, and now and then a reload
 *   kill     at a random moment, or as soon as a BMP is at a step drawn at random; sometimes while the
 *            server reloads or while it stops
 *   pause    every now and then, and at the end: nobody asks for anything, and the boards that are on
 *            must become exactly those of the jobs that have them on
 *   the end  every job is destroyed; every board must be off, and free for one job of a whole machine
 */

import { connect, JobState, type ListedJob } from "../../src/client/index.js";
import { type Random, seededRandom, seedFor } from "../../src/simulator/random.js";
import { BOARDS, KilledServer, LARGE, VARIANTS } from "./killed-server.js";
import { Ledger } from "./ledger.js";
import type { Moment, TortureOptions, TortureReport } from "./report.js";
import { STEPS, type Step } from "./steps.js";
import { look, User } from "./user.js";

const KILLS_BETWEEN_PAUSES = 20;
/** What is not so after this long is taken to stay as it is. */
const PAUSE_LIMIT_MS = 60_000;

/** How long a step is waited for; BMPs at which a killed server was at work are left in peace for 2 s. */
const STEP_LIMIT_MS = 5_000;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Torture {
  private readonly running: KilledServer;
  private readonly ledger = new Ledger();
  private readonly random: Random;
  private readonly users: readonly User[];
  private readonly moments: Record<Moment, number> = {
    use: 0,
    step: 0,
    start: 0,
    reload: 0,
    stop: 0,
  };
  private readonly steps = Object.fromEntries(STEPS.map((step) => [step, 0])) as Record<
    Step,
    number
  >;
  private pauses = 0;
  private slowestStartMs = 0;

  constructor(private readonly options: TortureOptions) {
    this.running = new KilledServer(options.powerOnMs);
    this.random = seededRandom(seedFor(options.seed, "torture"));
    this.users = Array.from({ length: options.users }, (_, i) => {
      const name = `user${i}`;
      return new User(name, this.ledger, seededRandom(seedFor(options.seed, name)));
    });
  }

  private get kills(): number {
    return Object.values(this.moments).reduce((sum, kills) => sum + kills, 0);
  }

  async run(): Promise<TortureReport> {
    const { running, ledger, options } = this;
    const started = performance.now();
    await running.open();
    try {
      running.configure("plain");
      let pausedAt = 0;
      while (this.kills < options.kills && ledger.violations.length === 0) {
        if (!(await this.start())) continue;
        if (this.kills - pausedAt >= KILLS_BETWEEN_PAUSES) {
          await this.pause();
          pausedAt = this.kills;
        }
        await this.useAndKill();
        this.tell();
      }
      running.configure("plain");
      if (ledger.violations.length === 0) await this.restart();
      if (ledger.violations.length === 0) await this.pause();
      if (ledger.violations.length === 0) await this.freeEverything();
    } catch (error) {
      ledger.violation(error instanceof Error ? String(error.stack) : String(error));
    }
    const { overlaps, pauses } = (await running.simulated()).violations;
    if (pauses > 0) ledger.violation(`${pauses} boards were powered on before the pause was over`);
    if (ledger.violations.length > 0) {
      ledger.violation(`the state and the configuration are kept in ${running.directory}`);
      ledger.violation(`the last server printed: ${running.output.slice(-4000)}`);
    }
    await running.close();
    if (ledger.violations.length === 0) running.forget();
    return {
      kills: this.kills,
      seed: options.seed,
      moments: this.moments,
      steps: this.steps,
      jobs: ledger.jobs.size,
      checks: ledger.checks,
      pauses: this.pauses,
      overlaps,
      slowestStartMs: Math.round(this.slowestStartMs),
      seconds: Math.round((performance.now() - started) / 1000),
      violations: ledger.violations,
    };
  }

  private tell(): void {
    const { kills, ledger, options } = this;
    if (kills % 5 !== 0) return;
    options.progress(
      `${kills} of ${options.kills} kills, ${ledger.jobs.size} jobs, ${ledger.checks} answers checked`,
    );
  }

  private chance(probability: number): boolean {
    return this.random() < probability;
  }

  private async killed(moment: Moment): Promise<void> {
    if (!(await this.running.kill())) return;
    this.moments[moment] += 1;
    for (const step of await this.running.steps()) this.steps[step] += 1;
  }

  /** False when the server was killed before it served. */
  private async start(): Promise<boolean> {
    const { running } = this;
    if (this.chance(0.2)) this.reconfigure();
    if (this.chance(0.2)) {
      running.spawn();
      await sleep(this.random() * 600);
      await this.killed("start");
      return false;
    }
    await this.restart();
    return true;
  }

  private async restart(): Promise<void> {
    const started = performance.now();
    this.running.spawn();
    await this.running.serving();
    this.slowestStartMs = Math.max(this.slowestStartMs, performance.now() - started);
    await this.check();
  }

  private reconfigure(): void {
    this.running.configure(VARIANTS[Math.floor(this.random() * VARIANTS.length)]!);
  }

  /** Every answer given before is honoured. */
  private async check(): Promise<void> {
    const { ledger, running } = this;
    const client = await connect("127.0.0.1", running.port);
    const list = await client.call("list_jobs");
    this.noBoardTwice(list);
    ledger.listed(list).forEach((job, i) => {
      this.users[i % this.users.length]!.jobs.push(job);
    });
    const listed = new Set(list.map(({ job_id }) => job_id));
    for (const job of ledger.live) {
      await look(ledger, client, job);
      if (!listed.has(job.id) && job.ended === null) {
        ledger.violation(`job ${job.id} lives, and is not in the list`);
      }
    }
    for (const job of ledger.lately)
      ledger.stateTold(job, await client.call("get_job_state", [job.id]));
    client.close();
  }

  private noBoardTwice(list: readonly ListedJob[]): void {
    const owners = new Map<string, number>();
    for (const { job_id, allocated_machine_name, boards } of list) {
      for (const board of boards ?? []) {
        const name = `${allocated_machine_name} ${board.join()}`;
        const other = owners.get(name);
        if (other !== undefined) this.ledger.violation(`${name}: jobs ${other} and ${job_id}`);
        owners.set(name, job_id);
      }
    }
  }

  private async useAndKill(): Promise<void> {
    const { running, users } = this;
    let stopping = false;
    const uses = users.map((user) => user.use(running.port, () => stopping));
    const moment = this.nextMoment();
    if (moment === "step") {
      await this.untilSomeBmpIsAt(STEPS[Math.floor(this.random() * STEPS.length)]!);
    } else await sleep(this.random() * 400);
    if (moment === "reload") {
      this.reconfigure();
      running.signal("SIGHUP");
      await sleep(this.random() * 200);
    } else if (moment === "stop") {
      running.signal("SIGTERM");
      await sleep(this.random() * 80);
    }
    await this.killed(moment);
    stopping = true;
    await Promise.all(uses);
  }

  private nextMoment(): Moment {
    if (this.chance(0.5)) return "step";
    if (this.chance(0.15)) return "reload";
    return this.chance(0.15) ? "stop" : "use";
  }

  /** After a kill the server leaves BMPs alone for a while: a moment drawn at random is mostly then. */
  private async untilSomeBmpIsAt(step: Step): Promise<void> {
    const until = performance.now() + STEP_LIMIT_MS;
    while (performance.now() < until) {
      if ((await this.running.steps()).has(step)) return;
      await sleep(1);
    }
  }

  /** Nobody asks for anything until the hardware is as the jobs are. */
  private async pause(): Promise<void> {
    const { running, ledger } = this;
    this.pauses += 1;
    const client = await connect("127.0.0.1", running.port);
    const until = performance.now() + PAUSE_LIMIT_MS;
    for (;;) {
      const list = await client.call("list_jobs");
      this.noBoardTwice(list);
      const wanted = new Set(
        list
          .filter(({ power }) => power === true)
          .flatMap(({ allocated_machine_name: machine, boards }) =>
            (boards ?? []).map((board) => `${machine} ${board.join()}`),
          ),
      );
      const powered = await running.powered();
      const off = [...wanted].filter((board) => !powered.has(board));
      const on = [...powered].filter((board) => !wanted.has(board));
      const busy = list.filter(({ state }) => state === JobState.power);
      if (off.length + on.length + busy.length === 0) break;
      if (performance.now() > until) {
        ledger.violation(
          `in a pause, boards are off: [${off}], boards are on for no job: [${on}], ` +
            `jobs have not become ready: [${busy.map(({ job_id }) => job_id)}]`,
        );
        break;
      }
      await sleep(50);
    }
    for (const job of ledger.live) await look(ledger, client, job);
    client.close();
  }

  /** Every board comes back. */
  private async freeEverything(): Promise<void> {
    const { running, ledger } = this;
    const client = await connect("127.0.0.1", running.port);
    for (const job of ledger.live) {
      ledger.destroys(job, "the end");
      await client.call("destroy_job", [job.id, "the end"]);
      ledger.destroyed(job);
    }
    await this.pause();
    const kwargs = { owner: "the end", keepalive: null };
    const size = [LARGE.width, LARGE.height];
    const id = await client.call("create_job", size, { ...kwargs, machine: "large" });
    const second = await client.call("create_job", [2, 2], { ...kwargs, machine: "small" });
    const until = performance.now() + PAUSE_LIMIT_MS;
    for (const job of [id, second]) {
      for (;;) {
        const answer = await client.call("get_job_state", [job]);
        if (answer.state === JobState.ready) break;
        if (performance.now() > until) {
          ledger.violation(`job ${job} of a whole machine: ${JSON.stringify(answer)}`);
          return;
        }
        await sleep(20);
      }
    }
    const powered = await running.powered();
    if (powered.size !== BOARDS) ledger.violation(`${powered.size} boards of ${BOARDS} are usable`);
    client.close();
  }
}
