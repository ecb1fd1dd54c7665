/** Which boards belong to whom, to find those that two records claim. */
import { type Allocation, boardsOf } from "../../domain/allocation.js";
import { boardIndex, boardOfIndex } from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";
import { boardName } from "../../domain/names.js";
import type { SavedState } from "../../engine/contract/records.js";

/** Which boards belong to a job or a cooldown already. */
export class Occupancy {
  private readonly taken = new Map<number, Set<number>>();
  private readonly machines: ReadonlyMap<number, SavedState["machines"][number]>;

  constructor({ machines }: SavedState) {
    this.machines = new Map(machines.map((machine) => [machine.machineId, machine]));
  }

  /** What is wrong with it, or null; then the boards are taken. */
  take(machineId: number, allocation: Allocation): string | null {
    const machine = this.machines.get(machineId)?.description;
    if (machine === undefined) return `there is no machine ${machineId}`;
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
}

function nameOf(index: number, machine: MachineDescription): string {
  const at = boardOfIndex(index, machine);
  const found = machine.boardLocations.find(([board]) => boardIndex(board, machine) === index);
  return boardName(machine.name, at, found?.[1] ?? null);
}
