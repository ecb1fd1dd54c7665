/**
 * Which boards a job was given may differ from the recording, where several would do. Then what is
 * said of it must be right by itself: a block of the size that was asked for, less its dead boards,
 * and connections and a size in chips that follow from those boards.
 */

import { isDeepStrictEqual } from "node:util";
import { type BoardCoordinate, wrap } from "../../../src/domain/board.js";
import { ethernetChip } from "../../../src/domain/chips.js";
import { ALL_LINKS, followLink } from "../../../src/domain/links.js";
import type { JsonObject } from "../../../src/protocol/requests/json.js";
import { addressOf, type RecordedMachine, recordedMachine } from "./machines.js";

interface Block {
  /** Boards relative to the origin, x and y modulo the machine. */
  readonly relative: readonly BoardCoordinate[];
  readonly width: number;
  readonly height: number;
}

export class Allocations {
  private readonly asked = new Map<number, JsonObject>();
  private readonly boards = new Map<number, string>();

  created(jobId: number, request: JsonObject): void {
    this.asked.set(jobId, request);
  }

  /** What is wrong with the answer to get_job_machine_info for a job with boards, or null. */
  checkInfo(jobId: number, info: JsonObject): string | null {
    const name = String(info["machine_name"]);
    const machine = recordedMachine(name);
    const boards = info["boards"] as BoardCoordinate[];
    this.boards.set(jobId, inOrder(boards));
    const connections = info["connections"] as [[number, number], string][];
    const origin = boards.find((board) => addressOf(name, board) === connections[0]?.[1]);
    if (origin === undefined) return "the first connection is of no board of the job";
    const block = blockFrom(origin, boards, machine);
    const expected = boards
      .map(
        (board, index) => [ethernetChip(block.relative[index]!), addressOf(name, board)] as const,
      )
      .sort(([a], [b]) => a[0] - b[0] || a[1] - b[1]);
    if (!isDeepStrictEqual(expected, connections)) {
      return "connections do not follow from the boards";
    }
    const size = { width: info["width"], height: info["height"] };
    if (!isDeepStrictEqual(size, sizeInChips(block, machine))) return "size in chips is wrong";
    return checkSize(this.asked.get(jobId)!, origin, boards, block, machine);
  }

  /** Whether list_jobs says the same of a job's boards as get_job_machine_info did before. */
  agree(jobId: number, boards: readonly BoardCoordinate[]): boolean {
    const known = this.boards.get(jobId);
    return known === undefined || known === inOrder(boards);
  }
}

function inOrder(boards: readonly BoardCoordinate[]): string {
  return boards
    .map((board) => board.join())
    .sort()
    .join(" ");
}

function blockFrom(
  [ox, oy, oz]: BoardCoordinate,
  boards: readonly BoardCoordinate[],
  machine: RecordedMachine,
): Block {
  const relative = boards.map(
    ([x, y, z]): BoardCoordinate => [
      wrap(x - ox, machine.width),
      wrap(y - oy, machine.height),
      z - oz,
    ],
  );
  return {
    relative,
    width: 1 + Math.max(...relative.map(([x]) => x)),
    height: 1 + Math.max(...relative.map(([, y]) => y)),
  };
}

/** A block is a torus along an axis that it fills, where links between its boards close the ring. */
function sizeInChips({ relative, width, height }: Block, machine: RecordedMachine) {
  if (relative.length === 1) return { width: 8, height: 8 };
  const members = new Set(relative.map(String));
  let crossed = 0;
  for (const board of relative) {
    for (const link of ALL_LINKS) {
      const end = followLink(board, link, machine);
      if (members.has(String(end.board))) crossed |= end.wrap;
    }
  }
  return {
    width: 12 * width + (width === machine.width && crossed & 1 ? 0 : 4),
    height: 12 * height + (height === machine.height && crossed & 2 ? 0 : 4),
  };
}

function checkSize(
  { args, kwargs }: JsonObject,
  origin: BoardCoordinate,
  boards: readonly BoardCoordinate[],
  { relative, width, height }: Block,
  machine: RecordedMachine,
): string | null {
  const [a = 1, b, c] = ((args ?? []) as (number | null)[]).map((size) => size ?? 1);
  if (c !== undefined) return isDeepStrictEqual(boards, [[a, b, c]]) ? null : "not that board";
  if (b === undefined && a === 1) return boards.length === 1 ? null : "more than one board";
  const live = liveBoards(origin, width, height, machine);
  if (relative.length !== live) return `${relative.length} boards of a block that has ${live}`;
  if (b !== undefined) return width === a && height === b ? null : "another size of block";
  const { min_ratio = 0, max_dead_boards = null } = (kwargs ?? {}) as JsonObject;
  const least = Number(min_ratio) > 1 ? 1 / Number(min_ratio) : Number(min_ratio);
  if (Math.min(width, height) / Math.max(width, height) < least) return "ratio is too small";
  if (width * height < Math.ceil(a / 3)) return "too few triads";
  if (max_dead_boards !== null && a - boards.length > Number(max_dead_boards)) {
    return "too few boards";
  }
  return null;
}

function liveBoards(
  [ox, oy]: BoardCoordinate,
  width: number,
  height: number,
  machine: RecordedMachine,
): number {
  const dead = machine.dead.filter((board) => {
    const [x, y] = board.split(",").map(Number);
    return wrap(x! - ox, machine.width) < width && wrap(y! - oy, machine.height) < height;
  });
  return width * height * 3 - dead.length;
}
