/**
 * What a reload changes about a machine.
 *
 *   same      nothing
 *   changed   tags, dead boards, dead links or ids of FPGAs: its jobs go on
 *   replaced  size, or the position or address of a board in use: it is removed and added anew
 *
 * Only boards that are live count as in use. Operators who take a board out often delete all its
 * lines, and add them again when it is back; so a position or address that comes together with the
 * board's life is a change in place, and one that goes is kept. What must not happen is that a board
 * goes on under its coordinates while position, address or BMP changed, or that its position or
 * address went to another.
 */
import { type BoardCoordinate, boardIndex } from "../../domain/board.js";
import type { DeadLink, MachineDescription } from "../../domain/machine.js";
import type {
  Difference,
  LinkReference,
  MachineChanges,
  ReplacedMachine,
  ReplacementReason,
} from "../contract/reload-plan.js";
import { compareLayouts, isAlike, positionsOf, refer, SAME_LAYOUT } from "./layout-comparison.js";

export type MachineComparison =
  | { readonly kind: "same" }
  | { readonly kind: "changed"; readonly changes: MachineChanges }
  | ({ readonly kind: "replaced" } & Pick<ReplacedMachine, "reasons" | "moreReasons">);

/** Reasons of each kind that are listed. */
const MOST_REASONS = 3;
const LAYOUT = ["boardLocations", "bmpIps", "spinnakerIps"] as const;

/**
 * Compares two descriptions of the machine of one name; the order of entries is of no account.
 * Most reloads leave the layout as it is, and that of a large machine has some 100,000 entries: these
 * are gone through once, in order.
 */
export function compareMachines(
  before: MachineDescription,
  after: MachineDescription,
): MachineComparison {
  if (before.width !== after.width || before.height !== after.height) {
    return replaced([{ kind: "size", from: sizeOf(before), to: sizeOf(after) }]);
  }
  const isSameLayout = LAYOUT.every((entries) => isAlike(before[entries], after[entries]));
  const layout = isSameLayout ? SAME_LAYOUT : compareLayouts(before, after);
  if (layout.reasons.length > 0) return replaced(layout.reasons);
  const tags = difference(before.tags, after.tags);
  const deadBoards = difference(before.deadBoards, after.deadBoards);
  const deadLinks = difference(before.deadLinks, after.deadLinks);
  const { positions, addresses, bmps } = layout;
  const fpgaIds = changedFpgaIds(before, after);
  const conditions = [tags, deadBoards, deadLinks].flatMap(({ added, removed }) => [
    added,
    removed,
  ]);
  if ([...conditions, positions, addresses, bmps, fpgaIds].every(({ length }) => length === 0)) {
    return { kind: "same" };
  }
  const known = [positionsOf(after), positionsOf(before)];
  const board = (at: BoardCoordinate) => refer(boardIndex(at, after), after, ...known);
  const link = ([x, y, z, number]: DeadLink): LinkReference => ({
    board: board([x, y, z]),
    link: number,
  });
  const changes = {
    tags,
    deadBoards: mapped(deadBoards, board),
    deadLinks: mapped(deadLinks, link),
    positions,
    addresses,
    bmps,
    fpgaIds: fpgaIds.map(({ at, ...change }) => ({ board: board(at), ...change })),
  };
  return { kind: "changed", changes };
}

/** Boards whose ids changed; null stands for the usual ones. */
function changedFpgaIds(before: MachineDescription, after: MachineDescription) {
  const byBoard = ({ fpgaIds = [] }: MachineDescription) =>
    new Map(fpgaIds.map(([at, ids]) => [at.join(), { at, ids }]));
  const [were, are] = [byBoard(before), byBoard(after)];
  return [...new Map([...were, ...are])].flatMap(([key, { at }]) => {
    const [from, to] = [were.get(key)?.ids ?? null, are.get(key)?.ids ?? null];
    return isAlike(from, to) ? [] : [{ at, from, to }];
  });
}

function sizeOf({ width, height }: MachineDescription) {
  return { width, height };
}

function replaced(all: readonly ReplacementReason[]): MachineComparison {
  const listed = new Map<ReplacementReason["kind"], number>();
  const reasons = all.filter(({ kind }) => {
    const count = (listed.get(kind) ?? 0) + 1;
    listed.set(kind, count);
    return count <= MOST_REASONS;
  });
  return { kind: "replaced", reasons, moreReasons: all.length - reasons.length };
}

function difference<T extends string | readonly number[]>(
  before: readonly T[],
  after: readonly T[],
): Difference<T> {
  if (isAlike(before, after)) return { added: [], removed: [] };
  const were = new Set(before.map(String));
  const are = new Set(after.map(String));
  return {
    added: after.filter((entry) => !were.has(String(entry))),
    removed: before.filter((entry) => !are.has(String(entry))),
  };
}

function mapped<T, U>({ added, removed }: Difference<T>, map: (entry: T) => U): Difference<U> {
  return { added: added.map(map), removed: removed.map(map) };
}
