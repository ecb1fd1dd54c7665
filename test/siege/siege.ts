/**
 * Honest clients and an operator work while hostile clients do all that they can (attackers/), the server is
 * stopped and continued, killed and started, and a careless operator has it read what it should not. Whatever the
 * honest ask for must be answered rightly and in time.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { operatorSocketPath } from "../../src/operator/index.js";
import { seedFor } from "../../src/simulator/random.js";
import { Random } from "../simulation/random.js";
import { ownNetwork } from "../support/loopback.js";
import { mainThreadTimes } from "../support/process-facts.js";
import { ATTACKS, type AttackName } from "./attackers/attacks.js";
import { Attackers } from "./attackers.js";
import { Attention, BEAT_MS } from "./attention.js";
import { Besieged } from "./besieged.js";
import { Blows } from "./blows.js";
import { HonestClient } from "./honest-client.js";
import { HonestJobs } from "./honest-jobs.js";
import { Interruptions } from "./interruptions.js";
import { Judge, MOST_VIOLATIONS, messageOf } from "./judge.js";
import { Operator } from "./operator.js";
import { Reloads } from "./reloads.js";
import type { SiegeOptions, SiegeReport } from "./report.js";
import { Watch } from "./watch.js";

const HONEST_CLIENTS = 4;
/** The fuzzer names the first ids; they are nobody's any more when it begins. */
const BURNT_IDS = 10;
const HEAP_MIB = 256;
const JOB_START_LIMIT_MS = 20_000;
const PROGRESS_EVERY_MS = 5_000;
/** Fewer judged answers than this in a second show nothing. */
const FEWEST_ANSWERS_PER_SECOND = 5;

/** Of one run. */
interface Parts {
  readonly besieged: Besieged;
  readonly attackers: Attackers;
  readonly jobs: HonestJobs;
  readonly operator: Operator;
  readonly reloads: Reloads;
  readonly blows: Blows;
  readonly watch: Watch;
}

export class Siege {
  private readonly interruptions = new Interruptions();
  private readonly judge: Judge;
  /** Of the server that runs. */
  private pid = 0;
  private isBroken = false;

  constructor(private readonly options: SiegeOptions) {
    const attention = new Attention(() => ({
      ms: performance.now(),
      ...(this.pid === 0 ? { ranMs: 0, waitedMs: 0 } : mainThreadTimes(this.pid)),
    }));
    setInterval(() => attention.beat(), BEAT_MS).unref();
    this.judge = new Judge(options.answerMs, this.interruptions, attention);
  }

  async run(): Promise<SiegeReport> {
    const startedMs = performance.now();
    const network = await ownNetwork();
    const besieged = await Besieged.start(network, HEAP_MIB);
    this.pid = besieged.pid;
    const parts = this.parts(besieged, network);
    try {
      await burnIds(besieged);
      await this.lay(parts, network);
      if (!this.isBroken) await parts.blows.kill();
    } catch (error) {
      this.judge.violation(`the siege broke off: ${messageOf(error)}`);
    }
    return await this.lift(parts, performance.now() - startedMs);
  }

  private parts(besieged: Besieged, network: string): Parts {
    const { judge, options } = this;
    const watch = new Watch(besieged, judge, options.memoryMiB ?? besieged.memoryNeededMiB);
    const jobs = new HonestJobs(judge, {
      undisturbedMs: () => this.interruptions.undisturbedMs(performance.now()),
      limitMs: JOB_START_LIMIT_MS,
    });
    const attackers = new Attackers(
      {
        seed: options.seed,
        port: besieged.running.port,
        network,
        operatorSocket: operatorSocketPath(besieged.stateDirectory),
      },
      (what) => judge.violation(what),
    );
    const blows = new Blows(besieged, judge, this.random("blows"), {
      startLimitMs: options.startMs,
      acknowledged: () => [...jobs.acknowledged, ...attackers.acknowledged],
      dying: () => watch.checkLog(),
      started: () => {
        this.pid = besieged.pid;
        attackers.serverStarted(besieged.pid);
      },
    });
    const operator = new Operator(besieged.stateDirectory, judge, this.random("operator"));
    const reloads = new Reloads(besieged, judge, this.random("reloads"));
    judge.meanwhile = () => `${attackers.attacks}; ${reloads.last}`;
    return { besieged, attackers, jobs, operator, reloads, blows, watch };
  }

  /** Until its time is over, or what is wrong is plain. */
  private async lay(parts: Parts, network: string): Promise<void> {
    const { besieged, jobs, operator, reloads, blows, watch } = parts;
    const endsAtMs = performance.now() + this.options.minutes * 60_000;
    parts.attackers.serverStarted(besieged.pid);
    const isOver = () =>
      this.isBroken ||
      performance.now() > endsAtMs ||
      this.judge.violations.length >= MOST_VIOLATIONS;
    const honest = Array.from({ length: HONEST_CLIENTS }, (_, n) => {
      const name = `honest ${n + 1}`;
      const random = this.random(name);
      const client = new HonestClient(name, `${network}.100.${n + 1}`, jobs, this.judge, random);
      return client.work(besieged.running.port, isOver);
    });
    const all = [
      ...honest,
      operator.work(isOver),
      reloads.order(isOver),
      blows.strike(isOver),
      watch.look(isOver),
      watch.inspect(isOver),
      this.tell(parts, endsAtMs, isOver),
    ];
    try {
      await Promise.all(all);
    } finally {
      this.isBroken ||= !isOver();
      await Promise.allSettled(all);
    }
  }

  private async tell(parts: Parts, endsAtMs: number, isOver: () => boolean): Promise<void> {
    const totalS = this.options.minutes * 60;
    let nextMs = performance.now();
    while (!isOver()) {
      await sleep(100);
      if (performance.now() < nextMs) continue;
      nextMs += PROGRESS_EVERY_MS;
      const { answers, slowestMs } = this.judge.judgement();
      const doneS = Math.round(totalS - (endsAtMs - performance.now()) / 1000);
      const attacks = Object.values(parts.attackers.counts).reduce((sum, count) => sum + count, 0);
      this.options.progress(
        `${doneS} of ${totalS} s: ${attacks} attacks, ${answers} honest answers, the slowest ${slowestMs} ms, ` +
          `memory ${parts.watch.memoryMiB} MiB, ${parts.blows.kills} kills, ` +
          `${this.judge.violations.length} violations`,
      );
    }
  }

  private async lift(parts: Parts, ms: number): Promise<SiegeReport> {
    const { judge, options } = this;
    const { besieged, attackers, jobs, operator, reloads, blows, watch } = parts;
    await attackers.end();
    watch.checkLog();
    const { overlaps, pauses, left } = await besieged.close();
    judge.expect(pauses === 0, () => `${pauses} boards were powered on before the pause was over`);
    judge.expect(left === 0, () => `${left} processes were left running by servers that ended`);
    const honest = judge.judgement();
    const seconds = Math.round(ms / 1000);
    judge.expect(
      honest.answers >= FEWEST_ANSWERS_PER_SECOND * seconds,
      () => `only ${honest.answers} answers could be judged in ${seconds} s, which shows nothing`,
    );
    for (const name of Object.keys(ATTACKS) as AttackName[]) {
      judge.expect(attackers.counts[name] !== undefined, () => `no attack of the kind ${name}`);
    }
    const { violations } = judge;
    if (violations.length === 0) besieged.running.forget();
    return {
      seed: options.seed,
      seconds,
      attacks: attackers.counts,
      honest,
      honestJobs: jobs.count,
      slowestJobStartMs: jobs.slowestStartMs,
      operatorRequests: operator.requests,
      kills: blows.kills,
      slowestStartMs: blows.slowestStartMs,
      stops: blows.stops,
      reloads: reloads.counts,
      slowestReloadMs: reloads.slowestReloadMs,
      memoryMiB: watch.memoryMiB,
      memoryLimitMiB: watch.memoryLimitMiB,
      waitedForProcessorMs: watch.waitedForProcessorMs,
      load: Math.round(watch.load * 10) / 10,
      overlaps,
      kept: violations.length === 0 ? null : besieged.running.directory,
      violations,
    };
  }

  private random(name: string): Random {
    return new Random(seedFor(this.options.seed, name));
  }
}

async function burnIds(besieged: Besieged): Promise<void> {
  const client = await besieged.connect();
  for (let n = 0; n < BURNT_IDS; n++) {
    const id = await client.call("create_job", [], { owner: "nobody", keepalive: 0 });
    await client.call("destroy_job", [id]);
  }
  client.close();
}
