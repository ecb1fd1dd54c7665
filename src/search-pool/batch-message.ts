/**
 * Batches and answers as they go between threads: cloning a batch of objects costs several times its
 * round trip, a typed array next to nothing.
 *
 *   an item     10 numbers: job id, kind of size, three numbers of the size, min_ratio,
 *               max_dead_boards, max_dead_links, flags, the number of boards to avoid; and these.
 *               NaN is null
 *   a result    its outcome; of a waiting one the rows that it could use; of a placed one x, y,
 *               width, height, board (-1 for a block), the number of missing boards, and these
 */
import type { Allocation } from "../domain/allocation.js";
import type { PlacementRequest } from "../domain/request.js";
import type {
  SearchAnswer,
  SearchBatch,
  SearchItem,
  SearchResult,
} from "../placement/batch-types.js";

/** A {@link SearchBatch} whose items are encoded as numbers; the rest is as it is. */
export interface BatchMessage extends Omit<SearchBatch, "items"> {
  readonly items: Float64Array;
}

/** A {@link SearchAnswer} whose results are encoded as numbers. */
export interface AnswerMessage extends Omit<SearchAnswer, "results"> {
  readonly results: Int32Array;
}

const NUMBERS_PER_ITEM = 10;
const KINDS = ["boards", "triads", "board"] as const;
const REQUIRE_TORUS = 1;
const CHECK_POSSIBLE = 2;
const OUTCOMES = ["placed", "waiting", "needsWithheld", "impossible"] as const;

export function encodeBatch({ items, ...rest }: SearchBatch): BatchMessage {
  const avoided = items.reduce((sum, { avoid }) => sum + (avoid?.length ?? 0), 0);
  const numbers = new Float64Array(items.length * NUMBERS_PER_ITEM + avoided);
  let at = 0;
  for (const item of items) at = writeItem(item, numbers, at);
  return { ...rest, items: numbers };
}

export function decodeBatch({ items, ...rest }: BatchMessage): SearchBatch {
  const decoded: SearchItem[] = [];
  for (let at = 0; at < items.length; ) {
    const item = readItem(items, at);
    decoded.push(item);
    at += NUMBERS_PER_ITEM + (item.avoid?.length ?? 0);
  }
  return { ...rest, items: decoded };
}

/** Returns where the next item begins. */
function writeItem(
  { jobId, request, checkPossible, avoid = [] }: SearchItem,
  to: Float64Array,
  at: number,
): number {
  const { size, minRatio, maxDeadBoards, maxDeadLinks, requireTorus } = request;
  to[at] = jobId;
  to[at + 1] = KINDS.indexOf(size.kind);
  if (size.kind === "boards") to[at + 2] = size.boards;
  else if (size.kind === "triads") {
    to[at + 2] = size.width;
    to[at + 3] = size.height;
  } else to.set(size.board, at + 2);
  to[at + 5] = minRatio;
  to[at + 6] = maxDeadBoards ?? Number.NaN;
  to[at + 7] = maxDeadLinks ?? Number.NaN;
  to[at + 8] = (requireTorus ? REQUIRE_TORUS : 0) | (checkPossible ? CHECK_POSSIBLE : 0);
  to[at + 9] = avoid.length;
  to.set(avoid, at + NUMBERS_PER_ITEM);
  return at + NUMBERS_PER_ITEM + avoid.length;
}

function readItem(from: Float64Array, at: number): SearchItem {
  const flags = from[at + 8]!;
  const avoided = from[at + 9]!;
  const item: SearchItem = {
    jobId: from[at]!,
    request: {
      size: readSize(from, at + 1),
      minRatio: from[at + 5]!,
      maxDeadBoards: orNull(from[at + 6]!),
      maxDeadLinks: orNull(from[at + 7]!),
      requireTorus: (flags & REQUIRE_TORUS) !== 0,
    },
    checkPossible: (flags & CHECK_POSSIBLE) !== 0,
  };
  if (avoided === 0) return item;
  const start = at + NUMBERS_PER_ITEM;
  return { ...item, avoid: [...from.subarray(start, start + avoided)] };
}

function readSize(from: Float64Array, at: number): PlacementRequest["size"] {
  const [kind, a, b, c] = [KINDS[from[at]!]!, from[at + 1]!, from[at + 2]!, from[at + 3]!];
  if (kind === "boards") return { kind, boards: a };
  if (kind === "triads") return { kind, width: a, height: b };
  return { kind, board: [a, b, c] };
}

function orNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}

export function encodeAnswer({ results, ...rest }: SearchAnswer): AnswerMessage {
  const numbers: number[] = [];
  for (const result of results) {
    numbers.push(OUTCOMES.indexOf(result.outcome));
    if (result.outcome === "waiting") numbers.push(result.rows);
    if (result.outcome !== "placed") continue;
    const { x, y, width, height, board, missing } = result.allocation;
    numbers.push(x, y, width, height, board ?? -1, missing.length);
    for (const index of missing) numbers.push(index);
  }
  return { ...rest, results: Int32Array.from(numbers) };
}

export function decodeAnswer({ results, ...rest }: AnswerMessage): SearchAnswer {
  const decoded: SearchResult[] = [];
  for (let at = 0; at < results.length; ) {
    const outcome = OUTCOMES[results[at++]!]!;
    if (outcome === "waiting") decoded.push({ outcome, rows: results[at++]! });
    else if (outcome !== "placed") decoded.push({ outcome });
    if (outcome !== "placed") continue;
    const allocation = readAllocation(results, at);
    at += 6 + allocation.missing.length;
    decoded.push({ outcome, allocation });
  }
  return { ...rest, results: decoded };
}

function readAllocation(from: Int32Array, at: number): Allocation {
  const board = from[at + 4]!;
  const missing = from[at + 5]!;
  return {
    x: from[at]!,
    y: from[at + 1]!,
    width: from[at + 2]!,
    height: from[at + 3]!,
    board: board < 0 ? null : (board as 0 | 1 | 2),
    missing: missing === 0 ? [] : Array.from(from.subarray(at + 6, at + 6 + missing)),
  };
}
