/** Where boards are bolted in and how they and their BMPs are addressed: what a reload changes there. */
import {
  type BoardPosition,
  type BoardReference,
  boardCount,
  boardIndex,
  boardOfIndex,
  type Size,
} from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";
import type {
  BoardChange,
  Conflict,
  FrameChange,
  MachineChanges,
  ReplacementReason,
} from "../contract/reload-plan.js";

export interface LayoutComparison extends Pick<MachineChanges, "positions" | "addresses" | "bmps"> {
  /** Why the machine cannot be changed in place; empty when it can. */
  readonly reasons: readonly ReplacementReason[];
}

export const SAME_LAYOUT: LayoutComparison = {
  positions: [],
  addresses: [],
  bmps: [],
  reasons: [],
};

/** Compares two descriptions of one size. */
export function compareLayouts(
  before: MachineDescription,
  after: MachineDescription,
): LayoutComparison {
  const [wasLive, isLive] = [livesOf(before), livesOf(after)];
  const [werePositions, arePositions] = [positionsOf(before), positionsOf(after)];
  const board = (index: number) => refer(index, after, arePositions, werePositions);
  const positions = compareByBoard({
    before: werePositions,
    after: arePositions,
    wasLive,
    isLive,
    board,
  });
  const addresses = compareByBoard({
    before: byBoard(before.spinnakerIps, before),
    after: byBoard(after.spinnakerIps, after),
    wasLive,
    isLive,
    board,
  });
  const bmps = compareBmps(before, after);
  const usedBefore = framesInUse(werePositions, wasLive);
  const usedAfter = framesInUse(arePositions, isLive);
  const isInUse = ({ frame }: FrameChange) =>
    usedBefore().has(frame.join()) && usedAfter().has(frame.join());
  return {
    // A board without a position keeps the one it had, unless another has it now.
    positions: [...positions.changes, ...positions.losses],
    addresses: addresses.changes,
    bmps,
    reasons: [
      ...positions.conflicts.map((conflict) => ({ kind: "position", ...conflict }) as const),
      ...addresses.conflicts.map((conflict) => ({ kind: "address", ...conflict }) as const),
      ...bmps
        .filter((change) => change.from !== null && isInUse(change))
        .map((change) => ({ kind: "bmp", ...change }) as const),
    ],
  };
}

/** Whether lists of lists of numbers and strings are alike, entry by entry. */
export function isAlike(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!isAlike(a[i], b[i])) return false;
  return true;
}

/** By index; undefined for boards that have none. */
type ByBoard<Value> = readonly (Value | undefined)[];

export function positionsOf(machine: MachineDescription): ByBoard<BoardPosition> {
  return byBoard(machine.boardLocations, machine);
}

/** A board with its position, as the first of the lists that has one says. */
export function refer(
  index: number,
  machine: Size,
  ...positions: readonly ByBoard<BoardPosition>[]
): BoardReference {
  const known = positions.find((each) => each[index] !== undefined);
  return { index, coordinates: boardOfIndex(index, machine), position: known?.[index] ?? null };
}

function byBoard<Value>(
  entries: readonly (readonly [BoardReference["coordinates"], Value])[],
  machine: Size,
): ByBoard<Value> {
  const values = new Array<Value | undefined>(boardCount(machine)).fill(undefined);
  for (const [board, value] of entries) values[boardIndex(board, machine)] = value;
  return values;
}

/** 1 for each board that is live, by index. */
function livesOf(machine: MachineDescription): Uint8Array {
  const live = new Uint8Array(boardCount(machine)).fill(1);
  for (const board of machine.deadBoards) live[boardIndex(board, machine)] = 0;
  return live;
}

interface Sides<Value> {
  readonly before: ByBoard<Value>;
  readonly after: ByBoard<Value>;
  readonly wasLive: Uint8Array;
  readonly isLive: Uint8Array;
  readonly board: (index: number) => BoardReference;
}

interface Compared<Value> {
  /** What boards have that they did not have before. */
  readonly changes: readonly BoardChange<Value>[];
  /** What boards, which have nothing now, had and others have. */
  readonly losses: readonly BoardChange<Value>[];
  readonly conflicts: readonly Conflict<Value>[];
}

function compareByBoard<Value extends string | readonly number[]>({
  before,
  after,
  wasLive,
  isLive,
  board,
}: Sides<Value>): Compared<Value> {
  const gained: { readonly index: number; readonly to: Value }[] = [];
  after.forEach((to, index) => {
    if (to !== undefined && !isAlike(before[index], to)) gained.push({ index, to });
  });
  if (gained.length === 0) return { changes: [], losses: [], conflicts: [] };
  const changes = gained.map(({ index, to }) => ({
    board: board(index),
    from: before[index] ?? null,
    to,
  }));
  const taken = new Set(gained.map(({ to }) => String(to)));
  const losses: BoardChange<Value>[] = [];
  const liveOwners = new Map<string, number>();
  before.forEach((value, index) => {
    if (value === undefined || !taken.has(String(value))) return;
    if (wasLive[index]) liveOwners.set(String(value), index);
    if (after[index] === undefined) losses.push({ board: board(index), from: value, to: null });
  });
  const conflicts = gained.flatMap(({ index, to }): Conflict<Value>[] => {
    if (!isLive[index]) return [];
    const owner = liveOwners.get(String(to));
    const takenFrom = owner === undefined || owner === index ? null : board(owner);
    const from = before[index] ?? null;
    if (takenFrom === null && (from === null || !wasLive[index])) return [];
    return [{ board: board(index), from, to, takenFrom }];
  });
  return { changes, losses, conflicts };
}

function compareBmps(before: MachineDescription, after: MachineDescription): FrameChange[] {
  const were = new Map(before.bmpIps.map(([frame, address]) => [frame.join(), address]));
  return after.bmpIps.flatMap(([frame, to]) => {
    const from = were.get(frame.join()) ?? null;
    return from === to ? [] : [{ frame, from, to }];
  });
}

/** Frames, "cabinet,frame", that hold a live board; found when first asked for. */
function framesInUse(positions: ByBoard<BoardPosition>, live: Uint8Array): () => Set<string> {
  let frames: Set<string> | null = null;
  return () => {
    if (frames !== null) return frames;
    frames = new Set();
    for (const [index, position] of positions.entries()) {
      if (position !== undefined && live[index]) frames.add(`${position[0]},${position[1]}`);
    }
    return frames;
  };
}
