/** How much of a saturated machine of 1,200 boards is in use, by policy, beside the pack tree. */

import { pathToFileURL } from "node:url";
import { QUEUE_POLICIES } from "../src/config/description.js";
import { type BoardCoordinate, boardCount, boardOfIndex, type Size } from "../src/domain/board.js";
import type { DeadBoardsAndLinks } from "../src/placement/bitmaps/board-bitmaps.js";
import { seededRandom } from "../src/simulator/random.js";
import {
  baselineScheduler,
  type PackingReplay,
  replayPacking,
  type Scheduler,
  serverScheduler,
} from "./packing-replay.js";
import type { Bench, Cell } from "./report.js";
import { readTrace, type TraceJob } from "./trace.js";
import { generateTrace } from "./trace-generator.js";

const TRIADS: Size = { width: 20, height: 20 };
const DEAD_BOARDS = [0, 12] as const;
/**
 * Of 24 seeds for the places of the dead boards, the one with which the baseline comes nearest to
 * what was measured of the Python server, whose dead boards are not known.
 */
const DEAD_SEED = 11;
/** As by default in a configuration. */
const MAX_OVERTAKEN_S = 3600;

/** Jobs whose waits are told apart, by the boards they ask for. */
const SIZES = [
  ["1", 1, 1],
  ["2–24", 2, 24],
  ["25–120", 25, 120],
  ["121+", 121, Number.POSITIVE_INFINITY],
] as const;

type Waits = Readonly<
  Record<string, { readonly jobs: number; readonly meanS: number; readonly longestS: number }>
>;

interface Row {
  readonly trace: string;
  readonly policy: string;
  readonly deadBoards: number;
  /** Shares of the live boards. */
  readonly asked: number;
  readonly allocated: number;
  readonly longestWaitS: number;
  readonly meanWaitS: number;
  readonly waits: Waits;
  readonly jobs: number;
  readonly refused: number;
}

export const packing: Bench = {
  about:
    "boards in use and waits, saturated, by queue policy, beside the Python server's pack tree",
  async run(progress, { traces }) {
    const rows: Row[] = [];
    for (const [name, jobs] of (traces.length > 0 ? traces : STANDARD_TRACES).map(openTrace)) {
      for (const count of DEAD_BOARDS) {
        const machine = { ...TRIADS, deadBoards: deadBoards(count), deadLinks: [] };
        for (const [policy, scheduler] of schedulers(machine)) {
          progress(`${name}, ${count} dead boards, ${policy}`);
          const result = replayPacking(jobs, scheduler, boardCount(TRIADS) - count);
          rows.push(rowOf(name, policy, count, result));
        }
      }
    }
    return {
      name: "packing",
      notes: [
        "1,200 boards, saturated: 50 jobs wait at any time; no cooldown. Shares of the live boards.",
        `Dead boards from seed ${DEAD_SEED}; jobs that a policy's search holds for impossible are left out there.`,
        `overtake: by jobs at most ${MAX_OVERTAKEN_S} s younger. Waits in seconds.`,
      ],
      columns: [
        "trace",
        "policy",
        "dead",
        "asked",
        "allocated",
        "mean wait",
        ...SIZES.map(([size]) => size),
        "longest",
        "refused",
      ],
      rows: rows.map((row): Cell[] => [
        row.trace,
        row.policy,
        row.deadBoards,
        row.asked,
        row.allocated,
        Math.round(row.meanWaitS),
        ...SIZES.map(([size]) => Math.round(row.waits[size]!.meanS)),
        Math.round(row.longestWaitS),
        row.refused,
      ]),
      json: { rows },
    };
  },
};

const STANDARD_TRACES = ["mixed", "small", "large"];

/** A trace of bench/data, a file, or a kind and a seed such as lognormal:7. */
function openTrace(given: string): readonly [name: string, jobs: readonly TraceJob[]] {
  if (STANDARD_TRACES.includes(given)) {
    return [given, readTrace(new URL(`../../bench/data/${given}.csv`, import.meta.url))];
  }
  const generated = /^([a-z]+):(\d+)$/.exec(given);
  if (generated) return [given, generateTrace(generated[1]!, Number(generated[2]))];
  return [given, readTrace(pathToFileURL(given))];
}

function* schedulers(
  machine: Size & DeadBoardsAndLinks,
): Iterable<readonly [policy: string, Scheduler]> {
  yield ["baseline-fifo", baselineScheduler(machine)];
  for (const queuePolicy of QUEUE_POLICIES) {
    const settings = { queuePolicy, maxSecondsOvertaken: MAX_OVERTAKEN_S };
    yield [queuePolicy, serverScheduler(machine, settings)];
  }
}

function deadBoards(count: number): BoardCoordinate[] {
  const random = seededRandom(DEAD_SEED);
  const dead = new Set<number>();
  while (dead.size < count) dead.add(Math.floor(random() * boardCount(TRIADS)));
  return [...dead].map((index) => boardOfIndex(index, TRIADS));
}

function rowOf(trace: string, policy: string, dead: number, result: PackingReplay): Row {
  const { asked, allocated, jobs, refused } = result;
  const all = summary(result.waits);
  const waits = Object.fromEntries(
    SIZES.map(([size, least, most]) => [
      size,
      summary(result.waits.filter(({ boards }) => boards >= least && boards <= most)),
    ]),
  );
  return {
    trace,
    policy,
    deadBoards: dead,
    asked,
    allocated,
    longestWaitS: all.longestS,
    meanWaitS: all.meanS,
    waits,
    jobs,
    refused,
  };
}

function summary(waits: PackingReplay["waits"]): Waits[string] {
  const total = waits.reduce((sum, { seconds }) => sum + seconds, 0);
  return {
    jobs: waits.length,
    meanS: waits.length === 0 ? 0 : total / waits.length,
    longestS: waits.reduce((longest, { seconds }) => Math.max(longest, seconds), 0),
  };
}
