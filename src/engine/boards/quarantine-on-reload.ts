/**
 * What a reload makes of quarantine records. A record stays with its board, by BMP and board number, and
 * takes the names that the board has from then on. One whose board has left the configuration stays, too,
 * for the board may come back. Only these get another BMP:
 *
 *   readdressed   the frame has a BMP that was not there before, and its former one is gone (readdressed.ts)
 *   unknown       version 3 did not say which board it was, and now its machine is there
 */
import { type BoardCoordinate, boardCount, boardIndex } from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";
import type { BoardMove } from "../contract/events.js";
import type { QuarantineRecord } from "../contract/records.js";
import type { NamedBoard, QuarantineChange } from "../contract/reload-plan.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";
import { type BoardId, findBoard, keyOf, recordEventBoard } from "./board-identity.js";
import { putRecord, removeRecord, setRecord, updateWithheld } from "./quarantine.js";
import { bmpOfFrame, FrameSuccessors } from "./readdressed.js";

/** What the records' boards are from now on; those of which nothing changes are left out. Changes nothing. */
export function quarantineChanges(
  state: EngineState,
  machines: readonly MachineDescription[],
): readonly QuarantineChange[] {
  const records = [...state.quarantine.values()];
  if (records.length === 0) return [];
  const layout = new NewLayout(machines);
  const running = state.machines.map(({ description }) => description);
  const successors = new FrameSuccessors(running, machines);
  return records.flatMap((record): QuarantineChange[] => {
    const { bmp, number, active, mayBeOn } = record;
    const id = layout.idOf(record, successors);
    const to = layout.find(id);
    const from: NamedBoard = {
      machine: record.machineName,
      index: record.board,
      coordinates: record.coordinates,
      position: record.position,
    };
    const wasThere = findBoard(state.machines, record).length > 0;
    const isSame = to === null ? !wasThere : wasThere && sameNames(from, to);
    if (isSame && id.bmp === bmp && id.number === number) return [];
    return [{ bmp, number, newBmp: id.bmp, newNumber: id.number, from, to, active, mayBeOn }];
  });
}

function sameNames(a: NamedBoard, b: NamedBoard): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Which boards there are after the reload. */
class NewLayout {
  private readonly byName: ReadonlyMap<string, MachineDescription>;
  /** By BMP, the boards of its frame by their numbers. */
  private readonly boards = new Map<string, Map<number, NamedBoard>>();

  constructor(machines: readonly MachineDescription[]) {
    this.byName = new Map(machines.map((machine) => [machine.name, machine]));
    for (const machine of machines) this.add(machine);
  }

  /** The board that the record is about; null when there is none. */
  find({ bmp, number }: BoardId): NamedBoard | null {
    return bmp === null ? null : (this.boards.get(bmp)?.get(number) ?? null);
  }

  /** By what the board is known from now on. */
  idOf(record: QuarantineRecord, successors: FrameSuccessors): BoardId {
    const { bmp, number, machineName, position } = record;
    if (bmp !== null) {
      const lastKnown = { machine: machineName, frame: position };
      return { bmp: successors.bmpAfter(bmp, lastKnown), number };
    }
    const machine = this.byName.get(machineName);
    return (machine && idOfIndex(machine, number)) ?? record;
  }

  private add(machine: MachineDescription): void {
    const dead = new Set(machine.deadBoards.map((board) => boardIndex(board, machine)));
    const bmps = new Map(machine.bmpIps.map(([frame, bmp]) => [frame.join(), bmp]));
    for (const [coordinates, position] of machine.boardLocations) {
      const bmp = bmps.get(`${position[0]},${position[1]}`);
      if (bmp === undefined) continue;
      const ofFrame = this.boards.get(bmp) ?? new Map<number, NamedBoard>();
      this.boards.set(bmp, ofFrame);
      const index = boardIndex(coordinates, machine);
      // A dead board may be listed with a position that another machine has by now.
      if (ofFrame.has(position[2]) && dead.has(index)) continue;
      ofFrame.set(position[2], { machine: machine.name, index, coordinates, position });
    }
  }
}

function idOfIndex(machine: MachineDescription, index: number): BoardId | null {
  if (index >= boardCount(machine)) return null;
  const isMeant = (board: BoardCoordinate) => boardIndex(board, machine) === index;
  const position = machine.boardLocations.find(([board]) => isMeant(board))?.[1];
  const bmp = position && bmpOfFrame(machine, position);
  return bmp ? { bmp, number: position[2] } : null;
}

/** Has the records say what their boards are from now on. */
export function changeQuarantine(state: EngineState, changes: readonly QuarantineChange[]): void {
  const moved: { readonly before: QuarantineRecord; readonly after: QuarantineRecord }[] = [];
  for (const { bmp, number, newBmp, newNumber, from, to } of changes) {
    const before = state.quarantine.get(keyOf({ bmp, number, machineName: from.machine }))!;
    const { machine: machineName, index: board, coordinates, position } = to ?? from;
    const names = { machineName, board, coordinates, position };
    const after = { ...before, ...names, bmp: newBmp, number: newNumber };
    if (newBmp === bmp && newNumber === number) setRecord(state, after);
    else moved.push({ before, after });
  }
  // All at once: where one board moves to another may have been.
  for (const { before } of moved) removeRecord(state, before);
  const moves = moved.map(({ before, after }): BoardMove => {
    const there = state.quarantine.get(keyOf(after));
    const isBetterKnown = there !== undefined && (there.active || !after.active);
    if (!isBetterKnown) setRecord(state, after);
    return {
      from: recordEventBoard(before),
      to: isBetterKnown ? null : recordEventBoard(after),
    };
  });
  if (moves.length > 0) {
    state.journal.tell({ kind: "boardsMoved", atMs: state.clock.nowMs(), moves });
  }
  for (const { before, after } of moved) {
    // Of two records of one board, neither may be forgotten to say that it may be on.
    const record = state.quarantine.get(keyOf(after))!;
    putRecord(state, { ...record, mayBeOn: record.mayBeOn || before.mayBeOn });
  }
}

/** Withholds the boards of a machine that are quarantined or behind a silent BMP, and no others. */
export function withholdBoards(state: EngineState, machine: LiveMachine): void {
  const boards = boardCount(machine.description);
  for (let board = 0; board < boards; board++) updateWithheld(state, machine, board);
}
