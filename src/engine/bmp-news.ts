/**
 * What the BMPs show by themselves.
 *
 *   silent    the boards of its frame are kept back until it answers; jobs that wait for them to be
 *             powered on for the first time go elsewhere. Jobs that run go on: a BMP only switches
 *   answers   the boards are there again; those of running jobs are looked at, for it may have been
 *             the whole frame that was without power. Boards set aside for its silence are tested
 *   dark      a board that should be on is not: if a job runs on it, it is looked at
 */
import type { Facility } from "./facility.js";
import type { RunningMachine } from "./machine.js";
import type { BmpNews } from "./ports.js";
import { checkBoards, jobsOn, leaveSilentBoards } from "./powering.js";
import { quarantineKey, showBoard } from "./quarantine.js";
import { careNow } from "./self-tests.js";

export function bmpNews(facility: Facility, news: BmpNews): void {
  if (news.news === "silent") silent(facility, news.bmp, news.reason);
  else if (news.news === "answers") answers(facility, news.bmp);
  else dark(facility, news.bmp, news.board);
}

function silent(facility: Facility, bmp: string, reason: string): void {
  if (facility.silentBmps.has(bmp)) return;
  facility.silentBmps.set(bmp, facility.clock.now());
  for (const [machine, boards] of machinesBehind(facility, bmp)) {
    for (const board of boards) showBoard(facility, machine, board);
    leaveSilentBoards(facility, machine, boards, reason);
  }
}

function answers(facility: Facility, bmp: string): void {
  if (!facility.silentBmps.delete(bmp)) return;
  for (const [machine, boards] of machinesBehind(facility, bmp)) {
    for (const board of boards) {
      showBoard(facility, machine, board);
      const key = quarantineKey(machine.name, board);
      const record = facility.quarantine.get(key);
      if (record?.cause === "bmp" || record?.mayBeOn === true) careNow(facility, key);
    }
    for (const job of jobsOn(machine, boards)) checkBoards(facility, job);
  }
}

function dark(facility: Facility, bmp: string, number: number): void {
  for (const [machine, boards] of machinesBehind(facility, bmp)) {
    const board = boards.find((index) => machine.numberInFrame(index) === number);
    if (board === undefined) continue;
    for (const job of jobsOn(machine, [board])) checkBoards(facility, job, [board]);
  }
}

function* machinesBehind(
  { machines }: Facility,
  bmp: string,
): Iterable<readonly [RunningMachine, readonly number[]]> {
  for (const machine of machines) {
    const boards = machine.boardsBehind(bmp);
    if (boards.length > 0) yield [machine, boards];
  }
}
