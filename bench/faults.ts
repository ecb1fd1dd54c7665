/**
 * BMPs and boards that misbehave, and what clients notice of it; real times of power on one frame and
 * on fifty. Fails when a client saw an error, when boards ended in quarantine that are well or bad
 * ones did not, when two requests overlapped on a BMP, or when a frame's jobs were too slow.
 */
import type { SimulatorState } from "../src/simulator/state.js";
import { FaultyServer } from "./faults/faulty-server.js";
import { runJobs } from "./faults/jobs.js";
import {
  FACILITY,
  JOBS,
  type ManyJobs,
  manyJobs,
  POWER_ON_MS,
  SECONDS,
} from "./faults/many-jobs.js";
import { jobRows } from "./faults/refusals.js";
import type { Bench, Report } from "./report.js";

const FRAME = { width: 4, height: 2 };
const PACKET_LOSS = 0.05;
const BAD_BOARDS = 1 / 50;

const REAL_SECONDS = { secondsBeforeFree: 0 };
const REAL_POWER_ON_MS = 2000;
const REAL_REPLY_MS = 2;
/** Of issue "BMPs that misbehave". */
const MOST_TIMES_ONE = 2.5;
const MOST_LINK_PACKETS = 160;
const LINK_COMMANDS = ["17", "18"];
const FPGA_READS_PER_BOARD = 3;

export const faults: Bench = {
  about:
    "500 jobs on 1200 boards with packets lost and boards bad; real times of one and fifty frames",
  async run(progress) {
    const problems: string[] = [];
    progress(`${JOBS} jobs, no faults`);
    const well = await manyJobs([], problems);
    progress(
      `${JOBS} jobs, ${PACKET_LOSS * 100} % of packets lost, one board in ${1 / BAD_BOARDS} bad`,
    );
    const loss = { loss: PACKET_LOSS };
    const ill = await manyJobs(
      [{ requests: loss, replies: loss, badBoards: BAD_BOARDS }],
      problems,
    );
    progress("one frame, real times: one job, then 24 at once, then one of 24 boards");
    const frame = await oneFrame(problems);
    progress("fifty frames, real times: one job of 1200 boards");
    const wholeMs = await wholeMachine(problems);
    for (const problem of problems) progress(problem);
    if (problems.length > 0) process.exitCode = 1;
    return report([well, ill], frame, wholeMs, problems);
  },
};

interface OneFrame {
  readonly oneMs: number;
  readonly lastOf24Ms: number;
  readonly linkPackets: number;
  readonly wholeMs: number;
}

async function oneFrame(problems: string[]): Promise<OneFrame> {
  const running = await FaultyServer.start({
    ...{ size: FRAME, seconds: REAL_SECONDS, faults: [] },
    ...{ powerOnMs: REAL_POWER_ON_MS, replyMs: REAL_REPLY_MS },
  });
  try {
    const client = await running.client();
    const changes = client.changes();
    const run = async (jobs: readonly (readonly number[])[]) => {
      const { readyMs, errors } = await runJobs(client, jobs, { holdMs: 0, limitMs: 120_000 });
      problems.push(...errors);
      while ((await client.call("list_jobs")).length > 0) await changes.next();
      return readyMs.at(-1) ?? Number.NaN;
    };
    const oneMs = await run([[1]]);
    const before = linkPackets(await running.simulated());
    const lastOf24Ms = await run(Array.from({ length: 24 }, () => [1]));
    // Reads of FLAG are the check, the rest is about links.
    const checks = 24 * FPGA_READS_PER_BOARD;
    const packets = linkPackets(await running.simulated()) - before - checks;
    if (lastOf24Ms > MOST_TIMES_ONE * oneMs) problems.push("24 jobs on one frame are too slow");
    if (packets > MOST_LINK_PACKETS) problems.push(`${packets} packets for the links of 24 jobs`);
    const wholeMs = await run([[FRAME.width, FRAME.height]]);
    client.close();
    return { oneMs, lastOf24Ms, linkPackets: packets, wholeMs };
  } finally {
    running.end();
  }
}

function linkPackets({ bmps }: SimulatorState): number {
  let packets = 0;
  for (const { commands } of bmps) {
    for (const command of LINK_COMMANDS) packets += commands[command] ?? 0;
  }
  return packets;
}

async function wholeMachine(problems: string[]): Promise<number> {
  const running = await FaultyServer.start({
    ...{ size: FACILITY, seconds: REAL_SECONDS, faults: [] },
    ...{ powerOnMs: REAL_POWER_ON_MS, replyMs: REAL_REPLY_MS },
  });
  try {
    const client = await running.client();
    const jobs = [[FACILITY.width, FACILITY.height]];
    const { readyMs, errors } = await runJobs(client, jobs, { holdMs: 0, limitMs: 120_000 });
    problems.push(...errors);
    client.close();
    return readyMs.at(-1) ?? Number.NaN;
  } finally {
    running.end();
  }
}

function report(
  runs: readonly ManyJobs[],
  frame: OneFrame,
  wholeMs: number,
  problems: readonly string[],
): Report {
  const seconds = (ms: number) => Math.round(ms) / 1000;
  return {
    name: "faults",
    notes: [
      `${JOBS} jobs created at once on 1200 simulated boards behind 50 BMPs, first come first served,`,
      "each given back 0.5 s after it is ready; the last asks for the whole machine. With faults,",
      `${PACKET_LOSS * 100} % of requests and of replies are lost and one board in ${1 / BAD_BOARDS} never comes up.`,
      `Power-on takes ${POWER_ON_MS / 1000} s; ${JSON.stringify(SECONDS)}`,
      "",
      "Real times, 2 s to power on and 5 s to settle:",
      `  one board: ${seconds(frame.oneMs)} s; the last of 24 at once on one frame: ${seconds(frame.lastOf24Ms)} s,` +
        ` ${(frame.lastOf24Ms / frame.oneMs).toFixed(2)} times as long, ${frame.linkPackets} packets for their links`,
      `  24 boards through one frame: ${seconds(frame.wholeMs)} s; 1200 boards through 50 frames: ${seconds(wholeMs)} s,` +
        ` ${(wholeMs / frame.wholeMs).toFixed(2)} times as long`,
      "",
      problems.length === 0
        ? "No client saw an error; the bad boards, and only they, are in quarantine."
        : `FAILED: ${problems.length} problems, the first: ${problems[0]}`,
    ],
    columns: ["", "no faults", "with faults"],
    rows: jobRows(runs),
  };
}
