/** What a reload does, in words for operators: a line for each setting, machine, and reason to end jobs. */
import type { BoardReference } from "../../domain/board.js";
import { counted } from "../../domain/counted.js";
import { USUAL_FPGA_IDS } from "../../domain/machine.js";
import { framePositionName, LINK_NAMES, positionName, tupleText } from "../../domain/names.js";
import type {
  AddedMachine,
  EndingJob,
  KeptLink,
  LeavingMachine,
  LinkReference,
  MachineChanges,
  NamedBoard,
  QuarantineChange,
  ReloadPlan,
  ReplacedMachine,
  ReplacementReason,
} from "../../engine/contract/reload-plan.js";

/** Boards, or jobs, that are named; the others are counted. */
const MOST_NAMED = 8;

export function reloadLines(plan: ReloadPlan): string[] {
  return [
    ...plan.settings.map(({ field, from, to }) => `${field} is now ${to} (before: ${from})`),
    ...machineLines(plan),
    ...endLines(plan.endedJobs),
  ];
}

/** One line for each machine that is concerned, with all there is to say of it. */
function machineLines(plan: ReloadPlan): string[] {
  const facts = new Map<string, string[]>();
  const say = (machine: string, ...what: readonly string[]) => {
    const known = facts.get(machine);
    if (known) known.push(...what);
    else facts.set(machine, [...what]);
  };
  for (const machine of plan.added) say(machine.name, addition(machine));
  for (const { name, changes } of plan.changed) say(name, ...changeFacts(changes));
  for (const link of plan.keptLinks) say(link.machine, keptLinkFact(link));
  for (const machine of plan.replaced) say(machine.name, replacement(machine));
  for (const machine of plan.removed) say(machine.name, `removed${unfinished(machine)}`);
  for (const { machine, from, to } of plan.priorities) {
    say(machine, `priority ${to} instead of ${from}, where 0 is the highest`);
  }
  for (const change of plan.quarantine) {
    say((change.to ?? change.from).machine, quarantineFact(change));
  }
  for (const { machine, board } of plan.powerOffs) {
    say(machine, `${boardText(board)} left the machine and may be on: it is powered off`);
  }
  for (const { machine, waitsFor } of plan.waits) {
    const names = [...new Set(waitsFor.map(({ name }) => name))];
    say(machine, `no job starts until the boards removed with ${named(names, "machine")} are off`);
  }
  return [...facts].map(([machine, what]) => `machine ${machine}: ${what.join("; ")}`);
}

function addition({ width, height, priority }: AddedMachine): string {
  return `added, ${width} × ${height} triads, with priority ${priority} (the highest is asked first)`;
}

function replacement(machine: ReplacedMachine): string {
  const { reasons, moreReasons } = machine;
  const more = moreReasons === 0 ? "" : `, and ${moreReasons} more of this kind`;
  const why = reasons.map(reasonText).join(", ");
  return `replaced, since ${why}${more}${unfinished(machine)}`;
}

function unfinished({ isForgotten }: LeavingMachine): string {
  return isForgotten ? "" : "; its boards are powered off, or cooling down, before it is forgotten";
}

function reasonText(reason: ReplacementReason): string {
  if (reason.kind === "size") {
    const { from, to } = reason;
    return `it has ${to.width} × ${to.height} triads instead of ${from.width} × ${from.height}`;
  }
  if (reason.kind === "bmp") {
    const { frame, from, to } = reason;
    return `the BMP of ${framePositionName(frame)} is ${to} instead of ${from}`;
  }
  const { board, takenFrom } = reason;
  const at = `board [${board.coordinates.join(", ")}]`;
  const what =
    reason.kind === "position"
      ? `${at} is at ${positionName(reason.to)}${instead(reason.from && positionName(reason.from))}`
      : `${at} has the address ${reason.to}${instead(reason.from)}`;
  if (takenFrom === null) return what;
  return `${what}, where board [${takenFrom.coordinates.join(", ")}] was`;
}

function instead(before: string | null): string {
  return before === null ? "" : ` instead of ${before}`;
}

function changeFacts(changes: MachineChanges): string[] {
  const { tags, deadBoards, deadLinks, positions, addresses, bmps, fpgaIds } = changes;
  const links = ({ added, removed }: MachineChanges["deadLinks"]) =>
    [added, removed].map((each) => each.map(linkText));
  const [newlyDead, backAgain] = links(deadLinks);
  const boards = (each: readonly BoardReference[]) => each.map(boardText);
  return [
    fact("tags added", tags.added),
    fact("tags removed", tags.removed),
    fact("boards dead now", boards(deadBoards.added)),
    fact("boards no longer dead", boards(deadBoards.removed)),
    fact("links dead now", newlyDead!),
    fact("links no longer dead", backAgain!),
    fact("positions changed", boards(positions.map(({ board }) => board))),
    fact("addresses changed", boards(addresses.map(({ board }) => board))),
    fact(
      "BMPs changed",
      bmps.map(({ frame, to }) => `${framePositionName(frame)}: ${to}`),
    ),
    fact(
      "FPGA ids changed",
      fpgaIds.map(({ board, to }) => `${boardText(board)}: ${tupleText(to ?? USUAL_FPGA_IDS)}`),
    ),
  ].filter((text) => text !== "");
}

function fact(what: string, of: readonly string[]): string {
  return of.length === 0 ? "" : `${what}: ${list(of)}`;
}

function keptLinkFact({ link, isDead, jobId, owner }: KeptLink): string {
  const state = isDead ? "stays open" : "stays stopped";
  return `${linkText(link)} ${state} for job ${jobId} of ${owner}, which has the boards at both its ends, until they are powered on next`;
}

function quarantineFact({ from, to, active }: QuarantineChange): string {
  const what = active ? "which is quarantined" : "which was quarantined once";
  if (to === null) {
    return `${nameText(from)}, ${what}, has no machine any more: its record is kept`;
  }
  const was = from.machine === to.machine ? "" : ` of machine ${from.machine}`;
  const former = `${nameText(from)}${was}`;
  if (nameText(from) === nameText(to) && was === "")
    return `${former}, ${what}, is known to be back`;
  return `${nameText(to)}, ${what}, was ${former}`;
}

function nameText({ index, coordinates, position }: NamedBoard): string {
  return coordinates === null
    ? `a board that had index ${index}`
    : boardText({ index, coordinates, position });
}

function endLines(jobs: readonly EndingJob[]): string[] {
  const lines: string[] = [];
  const byMachine = new Map<string, EndingJob[]>();
  const waiting: EndingJob[] = [];
  for (const job of jobs) {
    if (job.reason === "noSuitableMachine" || job.machine === null) waiting.push(job);
    else {
      const known = byMachine.get(job.machine);
      if (known) known.push(job);
      else byMachine.set(job.machine, [job]);
    }
  }
  for (const [machine, ended] of byMachine) {
    const they = ended.length === 1 ? "it" : "they";
    lines.push(
      `${counted(ended.length, "job")} ended with machine ${machine}, on which ${they} ran: ${jobsText(ended)}`,
    );
  }
  if (waiting.length > 0) {
    const them = waiting.length === 1 ? "it" : "them";
    lines.push(
      `${counted(waiting.length, "job")} ended, because no machine could ever hold ${them}: ${jobsText(waiting)}`,
    );
  }
  return lines;
}

function jobsText(jobs: readonly EndingJob[]): string {
  const noun = jobs.length === 1 ? "job" : "jobs";
  return `${noun} ${list(jobs.map(({ jobId, owner }) => `${jobId} of ${owner}`))}`;
}

function named(names: readonly string[], noun: string): string {
  return `${noun}${names.length === 1 ? "" : "s"} ${list(names)}`;
}

function list(items: readonly string[]): string {
  const left = items.length - MOST_NAMED;
  return items.slice(0, MOST_NAMED).join(", ") + (left > 0 ? ` and ${left} more` : "");
}

function linkText({ board, link }: LinkReference): string {
  return `${LINK_NAMES[link]} of ${boardText(board)}`;
}

function boardText({ coordinates, position }: BoardReference): string {
  const at = position === null ? "" : ` (${positionName(position)})`;
  return `board ${tupleText(coordinates)}${at}`;
}
