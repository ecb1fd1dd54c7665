/**
 * Further traces, made the way those of bench/data were: sizes by kind, owners who each have their
 * own usual run time, run times log-normal around it. The same kind and seed, the same trace.
 */
import { type Random, seededRandom } from "../src/simulator/random.js";
import type { TraceJob } from "./trace.js";

const OWNERS = 40;
const MEDIAN_S = 750;
/** Standard deviations of the logarithm: between owners, and between the jobs of one. */
const BETWEEN_OWNERS = 0.5;
const WITHIN_OWNER = 0.73;

/** A share of the jobs and the range of their sizes in boards. */
type Part = readonly [share: number, least: number, most: number];

const KINDS: Readonly<Record<string, { jobs: number; parts: readonly Part[] | "lognormal" }>> = {
  mixed: {
    jobs: 8000,
    parts: [
      [0.5, 1, 1],
      [0.35, 2, 24],
      [0.12, 25, 120],
      [0.03, 121, 400],
    ],
  },
  small: {
    jobs: 8000,
    parts: [
      [0.4, 1, 1],
      [0.6, 2, 12],
    ],
  },
  large: {
    jobs: 4000,
    parts: [
      [0.2, 1, 3],
      [0.4, 13, 60],
      [0.3, 61, 240],
      [0.1, 241, 600],
    ],
  },
  frames: {
    jobs: 8000,
    parts: [
      [0.5, 1, 1],
      [0.35, 24, 24],
      [0.1, 48, 48],
      [0.05, 240, 240],
    ],
  },
  /** Few large jobs among very many small ones. */
  rare: {
    jobs: 12000,
    parts: [
      [0.8, 1, 1],
      [0.195, 2, 24],
      [0.005, 121, 400],
    ],
  },
  /** None that is large. */
  medium: {
    jobs: 8000,
    parts: [
      [0.3, 1, 1],
      [0.3, 2, 24],
      [0.4, 25, 120],
    ],
  },
  lognormal: { jobs: 8000, parts: "lognormal" },
};

/** @throws Error when there is no such kind. */
export function generateTrace(kind: string, seed: number): TraceJob[] {
  const mix = KINDS[kind];
  if (mix === undefined) {
    throw new Error(
      `there is no kind of trace ${kind}; there are ${Object.keys(KINDS).join(", ")}`,
    );
  }
  const random = seededRandom(seed);
  const usualS = Array.from({ length: OWNERS }, () => MEDIAN_S * spread(random, BETWEEN_OWNERS));
  return Array.from({ length: mix.jobs }, () => {
    const boards = mix.parts === "lognormal" ? logNormalSize(random) : size(random, mix.parts);
    const durationS = usualS[Math.floor(random() * OWNERS)]! * spread(random, WITHIN_OWNER);
    return {
      boards,
      durationS: Math.max(10, Math.round(durationS * 10) / 10),
      request: {
        size: { kind: "boards", boards },
        minRatio: 0.333,
        maxDeadBoards: 0,
        maxDeadLinks: null,
        requireTorus: false,
      },
    };
  });
}

/** A factor, log-normal with median 1. */
function spread(random: Random, deviation: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.exp(deviation * normal);
}

function logNormalSize(random: Random): number {
  return Math.min(600, Math.max(1, Math.round(6 * spread(random, 1.6))));
}

function size(random: Random, parts: readonly Part[]): number {
  let left = random();
  for (const [share, least, most] of parts) {
    if (left < share) return least + Math.floor(random() * (most - least + 1));
    left -= share;
  }
  return parts[0]![1];
}
