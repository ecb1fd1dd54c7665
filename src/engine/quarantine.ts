/**
 * Boards that failed are set aside: no job gets them until they are released. They come back by
 * themselves after a while, and a job that then meets one that is still bad is placed anew.
 *
 * A record bears the machine's name and the board's index; when a machine is laid out anew, the
 * records follow their boards by the place where these are bolted in.
 */
import { boardCount, boardIndex, boardOfIndex } from "../geometry/index.js";
import { boardLabel, type Facility } from "./facility.js";
import type { RunningMachine } from "./machine.js";
import type { BoardFailure } from "./ports.js";
import type { QuarantineRecord } from "./records.js";

export function quarantineKey(machineName: string, board: number): string {
  return `${board} ${machineName}`;
}

/** Sets a board aside that failed an order of `machine`, which may be removed by now. */
export function quarantineBoard(
  facility: Facility,
  machine: RunningMachine,
  { board, reason }: BoardFailure,
): void {
  const current = facility.machines.find((other) => other.name === machine.name);
  const index = current ? sameBoard(machine, board, current) : board;
  if (index === null) return;
  const record: QuarantineRecord = {
    machineName: machine.name,
    board: index,
    reason,
    since: facility.clock.now(),
  };
  facility.log.warn({ reason }, `${boardLabel(machine, board)} is set aside: ${reason}`);
  put(facility, record);
  if (current) setAside(facility, current, record);
}

/** Applies the records of a machine that was just added; `before` is what it replaces, if any. */
export function quarantineNewMachine(
  facility: Facility,
  machine: RunningMachine,
  before: RunningMachine | undefined,
): void {
  for (const record of [...facility.quarantine.values()]) {
    if (record.machineName !== machine.name) continue;
    const index = before ? sameBoard(before, record.board, machine) : record.board;
    if (index === record.board && index < boardCount(machine.description)) {
      setAside(facility, machine, record);
      continue;
    }
    remove(facility, record);
    if (index === null || index >= boardCount(machine.description)) continue;
    const moved = { ...record, board: index };
    put(facility, moved);
    setAside(facility, machine, moved);
  }
}

function setAside(facility: Facility, machine: RunningMachine, record: QuarantineRecord): void {
  machine.bitmaps.setQuarantined(boardOfIndex(record.board, machine.description), true);
  machine.queue.roomChanged();
  const waitMs = record.since + facility.settings.quarantineMs - facility.clock.now();
  facility.clock.after(Math.max(0, Math.min(waitMs, facility.settings.quarantineMs)), () => {
    if (facility.stopping || machine.isRemoved) return;
    if (facility.quarantine.get(quarantineKey(record.machineName, record.board)) !== record) return;
    remove(facility, record);
    machine.bitmaps.setQuarantined(boardOfIndex(record.board, machine.description), false);
    machine.queue.roomChanged();
    facility.log.info({}, `${boardLabel(machine, record.board)} is given another chance`);
  });
}

function put(facility: Facility, record: QuarantineRecord): void {
  facility.quarantine.set(quarantineKey(record.machineName, record.board), record);
  facility.journal.quarantine.put([record.machineName, record.board], () => record);
  facility.journal.wake();
}

function remove(facility: Facility, record: QuarantineRecord): void {
  facility.quarantine.delete(quarantineKey(record.machineName, record.board));
  facility.journal.quarantine.delete([record.machineName, record.board]);
  facility.journal.wake();
}

/** The index in `to` of the board that has the index in `from`, by where it is bolted in. */
function sameBoard(from: RunningMachine, board: number, to: RunningMachine): number | null {
  if (from === to) return board;
  const position = from.view.positionOf(boardOfIndex(board, from.description));
  const found = position && to.view.boardAt(position);
  return found ? boardIndex(found, to.description) : null;
}
