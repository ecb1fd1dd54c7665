/** Which boards belong to whom, to find those that two records claim, and those that none does. */
import { type Allocation, boardsOf } from "../../domain/allocation.js";
import { type BoardCoordinate, boardCount, boardIndex, boardOfIndex } from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";
import { boardName } from "../../domain/names.js";
import type { MachineRecord, SavedState } from "../../engine/contract/records.js";

/** Which boards belong to a job or a cooldown already. */
export class Occupancy {
  private readonly taken = new Map<number, Set<number>>();
  private readonly machines: ReadonlyMap<number, MachineRecord>;

  constructor({ machines }: SavedState) {
    this.machines = new Map(machines.map((machine) => [machine.machineId, machine]));
  }

  /** What is wrong with it, or null; then the boards are taken. */
  take(machineId: number, allocation: Allocation): string | null {
    const machine = this.machines.get(machineId)?.description;
    if (machine === undefined) return `there is no machine ${machineId}`;
    if (!fits(allocation, machine)) return `its boards are not those of machine ${machine.name}`;
    const taken = this.taken.get(machineId) ?? new Set();
    this.taken.set(machineId, taken);
    const boards = boardsOf(allocation, machine).map((board) => boardIndex(board, machine));
    const shared = boards.find((board) => taken.has(board));
    if (shared !== undefined) {
      return `${nameOf(shared, machine)} belongs to an older job or cooldown`;
    }
    for (const board of boards) taken.add(board);
    return null;
  }

  /** All boards of a machine that have a position and are not taken; null when there are none. */
  others({ machineId, description }: MachineRecord): Allocation | null {
    const { width, height, boardLocations } = description;
    const positioned = new Set(boardLocations.map(([board]) => boardIndex(board, description)));
    const taken = this.taken.get(machineId);
    const all = Array.from({ length: boardCount(description) }, (_, board) => board);
    // In a block of the whole machine, boards have the indices that they have in the machine.
    const missing = all.filter((board) => !positioned.has(board) || taken?.has(board) === true);
    if (missing.length === all.length) return null;
    return { x: 0, y: 0, width, height, board: null, missing };
  }
}

function fits({ x, y, width, height }: Allocation, machine: MachineDescription): boolean {
  const within = (at: number, size: number, side: number) => at < side && size >= 1 && size <= side;
  return within(x, width, machine.width) && within(y, height, machine.height);
}

function nameOf(index: number, machine: MachineDescription): string {
  const at: BoardCoordinate = boardOfIndex(index, machine);
  const found = machine.boardLocations.find(([board]) => boardIndex(board, machine) === index);
  return boardName(machine.name, at, found?.[1] ?? null);
}
