/** What a siege is told, and what it tells. */
import type { AttackName } from "./attackers/attacks.js";
import type { Judgement } from "./judge.js";
import type { Carelessness } from "./machines.js";

export type ReloadKind = Carelessness | "changed" | "unchanged";

export interface SiegeOptions {
  readonly minutes: number;
  readonly seed: number;
  /** Within which an honest client must have each answer, in milliseconds. */
  readonly answerMs: number;
  /** Within which a server that was killed must serve again, in milliseconds. */
  readonly startMs: number;
  /** That the server may take, in MiB; null for as much as it says that it needs. */
  readonly memoryMiB: number | null;
  progress(text: string): void;
}

export interface SiegeReport {
  readonly seed: number;
  readonly seconds: number;
  readonly attacks: Readonly<Partial<Record<AttackName, number>>>;
  readonly honest: Judgement;
  readonly honestJobs: number;
  /** From its creation until a job of one board had it. */
  readonly slowestJobStartMs: number;
  readonly operatorRequests: number;
  readonly kills: number;
  readonly slowestStartMs: number;
  /** Times that the server was stopped (SIGSTOP) and went on. */
  readonly stops: number;
  /** Reloads by what the file said. */
  readonly reloads: Readonly<Partial<Record<ReloadKind, number>>>;
  readonly slowestReloadMs: number;
  readonly memoryMiB: number;
  readonly memoryLimitMiB: number;
  /** For how long the server could have run and had no processor. */
  readonly waitedForProcessorMs: number;
  /** The highest load average of a minute: how much else was to be done. */
  readonly load: number;
  /** Requests that a BMP got while it was busy with one of a server that was killed. */
  readonly overlaps: number;
  /** Where state and configuration are; null where nothing was wrong. */
  readonly kept: string | null;
  readonly violations: readonly string[];
}

/** For people. */
export function reportText({
  honest,
  attacks,
  reloads,
  violations,
  ...report
}: SiegeReport): string {
  const counts = (of: object) =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const lines: [string, string][] = [
    ["seed", `${report.seed}, ${report.seconds} s, load up to ${report.load}`],
    ["attacks", counts(attacks)],
    ["honest answers", `${honest.answers}, and ${honest.interrupted} around stops and kills`],
    [
      "they took",
      `p50 ${honest.p50Ms} ms, p99 ${honest.p99Ms} ms, at most ${honest.slowestMs} ms (${honest.slowestOf})`,
    ],
    [
      "uncorrected",
      `at most ${honest.slowestUncorrectedMs} ms, of which ${honest.ofItWithoutProcessorMs} ms without a processor ` +
        `for the server and ${honest.ofItUnseenMs} ms in which nobody looked; ${honest.excused} excused so`,
    ],
    ["no processor", `for ${report.waitedForProcessorMs} ms in all`],
    ["honest jobs", `${report.honestJobs}, ready within ${report.slowestJobStartMs} ms`],
    ["operator", `${report.operatorRequests} requests`],
    ["kills", `${report.kills}, serving again within ${report.slowestStartMs} ms`],
    ["stops", `${report.stops}`],
    ["reloads", `${counts(reloads)}; in effect within ${report.slowestReloadMs} ms`],
    ["memory", `${report.memoryMiB} MiB of ${report.memoryLimitMiB} MiB`],
    ["overlaps at BMPs", `${report.overlaps}`],
    [
      "violations",
      `${violations.length}${report.kept === null ? "" : `; the state is kept in ${report.kept}`}`,
    ],
  ];
  const table = lines.map(([name, text]) => `${name.padEnd(18)}${text}\n`).join("");
  return table + violations.map((violation) => `VIOLATION ${violation}\n`).join("");
}
