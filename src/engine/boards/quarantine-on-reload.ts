/**
 * What a reload makes of the quarantine records of a machine that is laid out anew: they follow their
 * boards by the position where these are bolted in.
 */
import { type BoardReference, boardCount, boardIndex, boardOfIndex } from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";
import type { QuarantineRecord } from "../contract/records.js";
import type { QuarantineChange } from "../contract/reload-plan.js";
import type { EngineState } from "../state/engine-state.js";
import type { LiveMachine } from "../state/live-job.js";
import { quarantineKey, removeRecord, setRecord, updateWithheld } from "./quarantine.js";

/**
 * The records of a machine's name that another board has now, or none. `before` is the machine that is
 * replaced; null when none ran under this name: then a record stays with its index. Changes nothing.
 */
export function quarantineChanges(
  state: EngineState,
  machine: MachineDescription,
  before: LiveMachine | null,
): readonly QuarantineChange[] {
  const records = [...state.quarantine.values()].filter(
    ({ machineName }) => machineName === machine.name,
  );
  if (records.length === 0) return [];
  const indices = records.map(({ board }) => board);
  const boards = before
    ? sameBoards(indices, before, machine)
    : indices.map((index) => (index < boardCount(machine) ? index : null));
  return records.flatMap(({ board: index, active, mayBeOn }, at): QuarantineChange[] => {
    const now = boards[at]!;
    if (now === index) return [];
    const board = before?.refer(index) ?? null;
    // It is by its position that the board was found.
    const to = now === null || board === null ? null : moved(board, now, machine);
    return [{ machine: machine.name, index, board, to, active, mayBeOn }];
  });
}

/** By index, which boards of a machine are those of the one it replaces, if it has them. */
function sameBoards(
  indices: readonly number[],
  before: LiveMachine,
  machine: MachineDescription,
): readonly (number | null)[] {
  const positions = indices.map((index) => before.refer(index).position?.join());
  const wanted = new Set(positions);
  const found = new Map<string | undefined, number>();
  for (const [board, position] of machine.boardLocations) {
    const key = position.join();
    if (wanted.has(key)) found.set(key, boardIndex(board, machine));
  }
  return positions.map((position) => found.get(position) ?? null);
}

function moved(
  { position }: BoardReference,
  index: number,
  machine: MachineDescription,
): BoardReference {
  return { index, coordinates: boardOfIndex(index, machine), position };
}

/** Moves records to other boards, and forgets those whose board has left its machine. */
export function changeQuarantine(state: EngineState, changes: readonly QuarantineChange[]): void {
  const records: QuarantineRecord[] = [];
  for (const { machine, index, to } of changes) {
    const record = state.quarantine.get(quarantineKey(machine, index))!;
    removeRecord(state, record);
    if (to !== null) records.push({ ...record, board: to.index });
  }
  // Only now: where one board moves to another may have been.
  for (const record of records) setRecord(state, record);
  const atMs = state.clock.nowMs();
  for (const machine of new Set(changes.map((change) => change.machine))) {
    const moves = changes
      .filter((change) => change.machine === machine)
      .map(({ index, to }) => ({ index, newIndex: to?.index ?? null }));
    state.journal.tell({ kind: "boardsMoved", atMs, machine, moves });
  }
}

/** Withholds the boards of a machine that are quarantined or behind a silent BMP, and no others. */
export function withholdBoards(state: EngineState, machine: LiveMachine): void {
  const boards = boardCount(machine.description);
  for (let board = 0; board < boards; board++) updateWithheld(state, machine, board);
}
