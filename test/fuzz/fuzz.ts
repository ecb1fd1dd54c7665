/** Clients that mean no good against a real server and its BMPs, while an honest one works. */

import { Random } from "../simulation/random.js";
import { ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { attack } from "./attacker.js";
import { HonestClient } from "./honest.js";

export interface FuzzOptions {
  readonly seed: number;
  /** How many lines are sent at least. */
  readonly lines: number;
  /** Within how long the honest client is to have each answer. */
  readonly answerMs: number;
  readonly progress: (text: string) => void;
}

export interface FuzzReport {
  readonly seed: number;
  readonly lines: number;
  readonly connections: number;
  readonly answers: number;
  readonly honestJobs: number;
  readonly honestAnswers: number;
  readonly slowestHonestAnswerMs: number;
  readonly memoryBeforeMiB: number;
  readonly memoryAtEndMiB: number;
  readonly violations: readonly string[];
}

const ATTACKERS = 16;
const MIB = 1024 * 1024;
const LINES_PER_PROGRESS = 100_000;
const MOST_VIOLATIONS = 20;
/** What only a defect of the server brings into its log. */
const TROUBLE = /"severity":[0-3]|because of a defect|[Uu]nhandled|\n\s+at /;

/** Runs it on BMPs at loopback addresses of its own. */
export async function fuzz({ seed, lines, answerMs, progress }: FuzzOptions): Promise<FuzzReport> {
  const network = await ownNetwork();
  const running = await RunningServer.start({
    configuration: configurationText([
      machineText("m", { width: 2, height: 2, baseIp: `${network}.1.0` }),
      machineText("honest", { baseIp: `${network}.2.0`, more: `tags: ["honest"]` }),
    ]),
    powerOnMs: 5,
  });
  const violations: string[] = [];
  const sum = { lines: 0, connections: 0, answers: 0 };
  const honest = await HonestClient.open(running.port);
  const before = running.server.residentBytes;
  let attackersLeft = ATTACKERS;
  const isBroken = () =>
    violations.length >= MOST_VIOLATIONS ||
    honest.violations.length > 0 ||
    !running.server.isRunning;

  const attacker = async (random: Random) => {
    while (sum.lines < lines && !isBroken()) {
      const done = await attack(running.port, random, honest);
      const mark = Math.floor(sum.lines / LINES_PER_PROGRESS);
      sum.lines += done.lines;
      sum.connections++;
      sum.answers += done.answers;
      violations.push(...done.violations);
      if (Math.floor(sum.lines / LINES_PER_PROGRESS) > mark) progress(`${sum.lines} lines`);
    }
    attackersLeft--;
  };
  const work = async () => {
    try {
      do await honest.liveOneJob();
      while (attackersLeft > 0 && !isBroken());
    } catch (error) {
      honest.violations.push(error instanceof Error ? error.message : String(error));
    }
  };
  await Promise.all([
    ...Array.from({ length: ATTACKERS }, (_, i) => attacker(new Random(seed * ATTACKERS + i))),
    work(),
  ]);
  if (honest.slowestMs > answerMs) {
    honest.violations.push(`an answer took ${Math.round(honest.slowestMs)} ms`);
  }
  const memoryAtEnd = running.server.isRunning ? running.server.residentBytes : 0;
  honest.close();
  running.server.signal("SIGTERM");
  const { code } = await running.server.ended();
  if (code !== 0) violations.push(`the server ended with ${code}`);
  const trouble = TROUBLE.exec(running.server.output);
  if (trouble) {
    const from = Math.max(0, trouble.index - 600);
    violations.push(`in the log: …${running.server.output.slice(from, trouble.index + 600)}`);
  }
  await running.end();
  return {
    seed,
    ...sum,
    honestJobs: honest.jobs,
    honestAnswers: honest.answers,
    slowestHonestAnswerMs: Math.round(honest.slowestMs),
    memoryBeforeMiB: Math.round(before / MIB),
    memoryAtEndMiB: Math.round(memoryAtEnd / MIB),
    violations: [...honest.violations, ...violations],
  };
}
