/** What long work on a full queue costs: reloads, starts, a keepalive check that ends half of the jobs. */

import { STANDARD_CLIENT_LIMITS } from "../src/config/client-limits.js";
import type { ConfigurationDescription } from "../src/config/description.js";
import { boardOfIndex } from "../src/domain/board.js";
import type { MachineDescription } from "../src/domain/machine.js";
import type { Clock } from "../src/engine/contract/ports.js";
import type { JobRecord, SavedState } from "../src/engine/contract/records.js";
import { Engine } from "../src/engine/engine.js";
import { BatchPlacer } from "../src/placement/batch.js";
import type { Bench, Cell } from "./report.js";
import { jobRecord } from "./start.js";

const QUEUED = [25_000, 50_000, 100_000] as const;
const HOSTS = 10;
const KEEPALIVE_S = 60;
const SIZE = { width: 20, height: 20 };

/** Turns of the event loop one after the other, each with its time. */
class Turns implements Clock {
  private ms = 0;
  private open: (() => void)[] = [];
  private timers: { readonly at: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return 1_700_000_000_000 + this.ms;
  }

  elapsedMs(): number {
    return this.ms;
  }

  attendedMs(): number {
    return this.ms;
  }

  after(delayMs: number, callback: () => void) {
    const timer = { at: this.ms + delayMs, callback };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
  }

  endOfTurn(callback: () => void): void {
    this.open.push(callback);
  }

  pass(ms: number): void {
    this.ms += ms;
    const due = this.timers.filter(({ at }) => at <= this.ms);
    this.timers = this.timers.filter(({ at }) => at > this.ms);
    for (const { callback } of due) callback();
  }

  /** Does something, and then whatever comes of it. @returns milliseconds: of all, and the longest turn */
  time(step: () => void): readonly [total: number, longest: number] {
    let total = 0;
    let longest = 0;
    for (let next: (() => void) | null = step; next !== null; next = this.nextTurn()) {
      const began = process.cpuUsage();
      next();
      const { user, system } = process.cpuUsage(began);
      const took = (user + system) / 1000;
      total += took;
      longest = Math.max(longest, took);
    }
    return [total, longest];
  }

  private nextTurn(): (() => void) | null {
    const { open } = this;
    if (open.length === 0) return null;
    this.open = [];
    return () => {
      for (const callback of open) callback();
    };
  }
}

function machine(name: string, cabinet: number, dead: readonly number[] = []): MachineDescription {
  const { width, height } = SIZE;
  const boards = Array.from({ length: 3 * width * height }, (_, at) => boardOfIndex(at, SIZE));
  return {
    name,
    tags: ["default"],
    width,
    height,
    deadBoards: dead.map((at) => boards[at]!),
    deadLinks: [],
    boardLocations: boards.map((board, at) => [board, [cabinet, Math.floor(at / 24), at % 24]]),
    bmpIps: Array.from({ length: boards.length / 24 }, (_, frame) => [
      [cabinet, frame],
      `bmp-${cabinet}-${frame}`,
    ]),
    spinnakerIps: boards.map((board) => [board, `board-${cabinet}-${board.join("-")}`]),
  };
}

function configuration(machines: readonly MachineDescription[]): ConfigurationDescription {
  return {
    machines,
    ip: "",
    port: null,
    timeoutCheckInterval: 5,
    secondsOfGraceAfterStart: KEEPALIVE_S,
    maxRetiredJobs: 1200,
    secondsBeforeFree: 30,
    secondsToSettle: 5,
    secondsBeforeRetry: 15,
    secondsToPowerOn: 10,
    secondsToReply: 2,
    queuePolicy: "overtake",
    maxSecondsOvertaken: 3600,
    maxPlacementAttempts: 6,
    secondsBetweenHealthChecks: 60,
    secondsBetweenSelfTests: 300,
    selfTestsToRelease: 3,
    secondsToStop: 10,
    clientLimits: STANDARD_CLIENT_LIMITS,
  };
}

/** The first job has a board, and the others wait for all of them. */
function recordOf(jobId: number): JobRecord {
  const job = jobRecord(jobId);
  return {
    ...job,
    keepaliveS: jobId % 2 === 0 ? KEEPALIVE_S : null,
    host: `10.0.0.${jobId % HOSTS}`,
    request: { ...job.request, size: { kind: "triads", ...SIZE } },
    placement: jobId === 1 ? job.placement : null,
  };
}

function rowsFor(queued: number, progress: (what: string) => void): Cell[][] {
  const clock = new Turns();
  const placer = new BatchPlacer();
  const note = () => {};
  const engine = new Engine({
    clock,
    store: { isFull: false, commit: (_, done) => clock.endOfTurn(done) },
    // The search pool has threads of its own: what they do is no part of a turn.
    search: {
      search(batch, done) {
        const answer = placer.place(batch);
        clock.endOfTurn(() => done(answer));
      },
    },
    bmp: { addMachine: note, removeMachine: note, setTimes: note, submit: note },
    log: { debug: note, info: note, warn: note, error: note },
  });
  const one = machine("m", 0);
  const saved: SavedState = {
    jobs: Array.from({ length: queued + 1 }, (_, at) => recordOf(at + 1)),
    endedJobs: [],
    cooldowns: [],
    quarantine: [],
    machines: [{ machineId: 1, priority: 0, description: one }],
    counters: { nextJobId: queued + 2, nextMachineId: 2, nextCooldownId: 1 },
  };
  const reload = (...machines: readonly MachineDescription[]) =>
    clock.time(() => void engine.reconfigure(configuration(machines)));
  const works: readonly (readonly [string, () => readonly [number, number]])[] = [
    ["start", () => clock.time(() => void engine.start(saved, configuration([one])))],
    ["reload, nothing changed", () => reload(one)],
    ["reload, a board is dead", () => reload(machine("m", 0, [7]))],
    ["reload, a machine more", () => reload(machine("m", 0, [7]), machine("n", 1))],
    ["reload, a machine less", () => reload(machine("m", 0, [7]))],
    ["keepalive check, half of them end", () => clock.time(() => clock.pass(61_000))],
  ];
  return works.map(([name, work]) => {
    progress(`${queued} jobs: ${name}`);
    const [total, longest] = work();
    return [name, queued, total, longest];
  });
}

export const reload: Bench = {
  about: "reloads, a start and a keepalive check with many jobs in the queue",
  async run(progress) {
    return {
      name: "reload",
      notes: [
        `Jobs of ${HOSTS} hosts wait for the whole of a machine of which one board is in use.`,
        "The engine alone, its store and BMPs in memory. Nobody is answered within a turn.",
        "Times are those of the processor, whatever else it does, with garbage collection.",
      ],
      columns: ["work", "queued", "ms in all", "longest turn, ms"],
      rows: QUEUED.flatMap((queued) => rowsFor(queued, progress)),
    };
  },
};
