/** 500 jobs created at once on 1200 simulated boards, and how the quarantine compares with the faults. */
import type { QuarantineList } from "../../src/operator/index.js";
import type { BoardState, SimulatorState } from "../../src/simulator/state.js";
import { FaultyServer } from "./faulty-server.js";
import { type JobRun, runJobs } from "./jobs.js";

export const FACILITY = { width: 20, height: 20 };
export const JOBS = 500;
/** Shorter than real ones, in their proportions, so that the run takes a minute. */
export const SECONDS = {
  secondsBeforeFree: 0.5,
  secondsToSettle: 0.5,
  secondsBeforeRetry: 1.5,
  secondsToPowerOn: 1,
  secondsToReply: 0.5,
};
export const POWER_ON_MS = 200;
const REFUSED = 0x84;

export interface ManyJobs {
  readonly run: JobRun;
  readonly bad: number;
  readonly quarantined: number;
  readonly received: number;
}

type Fault = Readonly<Record<string, unknown>>;

/** Small ones, blocks, and in the end the whole machine, so that every board is used. */
function sizes(): number[][] {
  const all: number[][] = [];
  const boards = [1, 1, 1, 2, 3, 1, 6, 1, 4, 12, 1, 24];
  for (let n = 0; n < JOBS - 1; n++) all.push([boards[n % boards.length]!]);
  return [...all, [FACILITY.width, FACILITY.height]];
}

/**
 * Runs the jobs on a facility of its own. What a client should not have seen goes to `problems`.
 * @param everyMs between two jobs; 0 to create all at once
 * @param isRefusing whether every other BMP refuses every power-on
 */
export async function manyJobs(
  faults: readonly Fault[],
  problems: string[],
  { everyMs = 0, isRefusing = false } = {},
): Promise<ManyJobs> {
  const times = { seconds: SECONDS, powerOnMs: POWER_ON_MS, replyMs: 0 };
  const running = await FaultyServer.start({ size: FACILITY, ...times, faults });
  try {
    const refusing = isRefusing ? await refuseEveryOther(running) : new Set<string>();
    const client = await running.client();
    const run = await runJobs(client, sizes(), { holdMs: 500, limitMs: 300_000, everyMs });
    problems.push(...run.errors);
    const state = await running.simulated();
    const list = await running.quarantine();
    client.close();
    return { run, ...judge(state, list, refusing, problems) };
  } finally {
    running.end();
  }
}

/** Returns the addresses of the BMPs that refuse to power on from now on. */
async function refuseEveryOther(running: FaultyServer): Promise<ReadonlySet<string>> {
  const { bmps } = await running.simulated();
  const refusing = bmps.map(({ bmp }) => bmp).filter((_, index) => index % 2 === 0);
  const effect = { effect: "refuse", returnCode: REFUSED };
  const rules = [{ command: "power", on: true, times: null, effect }];
  await running.misbehave(refusing.map((bmp) => ({ bmp, rules })));
  return new Set(refusing);
}

/** Holds the quarantine against the boards that the simulator knows to be bad, or to be refused. */
function judge(
  { bmps, violations }: SimulatorState,
  { boards }: QuarantineList,
  refusing: ReadonlySet<string>,
  problems: string[],
) {
  if (violations.overlaps > 0) problems.push(`${violations.overlaps} requests overlapped`);
  const all = bmps.flatMap((bmp) => bmp.boards);
  const bad = all.filter(({ badPowerOns }) => badPowerOns !== 0);
  const isQuarantined = new Set(boards.map(({ coordinates }) => coordinates?.join()));
  const key = ({ x, y, z }: BoardState) => [x, y, z].join();
  const refused = bmps.filter(({ bmp }) => refusing.has(bmp)).flatMap((bmp) => bmp.boards);
  const isBad = new Set([...bad, ...refused].map(key));
  for (const { coordinates, reason } of boards) {
    if (!isBad.has(coordinates?.join() ?? "")) problems.push(`in quarantine, but well: ${reason}`);
  }
  for (const each of bad) {
    if (!isQuarantined.has(key(each)))
      problems.push(`bad, but not in quarantine: board ${key(each)}`);
  }
  const received = bmps.reduce((sum, bmp) => sum + bmp.received, 0);
  return { bad: bad.length, quarantined: boards.length, received };
}
