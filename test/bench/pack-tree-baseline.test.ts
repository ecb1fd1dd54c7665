import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PackTreeAllocator } from "../../bench/baseline/pack-tree-allocator.js";
import type { Allocation } from "../../src/domain/allocation.js";
import { boardsOf, peripheryOf, wrapOf } from "../../src/domain/allocation.js";
import type { BoardCoordinate } from "../../src/domain/board.js";
import type { DeadLink } from "../../src/domain/machine.js";
import type { PlacementRequest } from "../../src/domain/request.js";

interface Machine {
  readonly width: number;
  readonly height: number;
  readonly dead_boards: BoardCoordinate[];
  readonly dead_links: DeadLink[];
}

interface Options {
  readonly min_ratio?: number;
  readonly max_dead_boards?: number;
  readonly max_dead_links?: number;
  readonly require_torus?: boolean;
}

interface Granted {
  readonly id: number;
  readonly boards: BoardCoordinate[];
  readonly periphery: DeadLink[];
  readonly torus: number;
}

type Operation =
  | { readonly op: "possible"; args: number[]; kwargs: Options; result: boolean }
  | { readonly op: "alloc"; args: number[]; kwargs: Options; result: Granted | null }
  | { readonly op: "free"; id: number };

function requestOf(args: readonly number[], options: Options): PlacementRequest {
  const [first = 1, second = 0, third = 0] = args;
  return {
    size:
      args.length === 3
        ? { kind: "board", board: [first, second, third] }
        : args.length === 2
          ? { kind: "triads", width: first, height: second }
          : { kind: "boards", boards: first },
    minRatio: options.min_ratio ?? 0,
    maxDeadBoards: options.max_dead_boards ?? null,
    maxDeadLinks: options.max_dead_links ?? null,
    requireTorus: options.require_torus ?? false,
  };
}

const folder = new URL("../data/vectors/packtree/", import.meta.url);
const files = readdirSync(folder);

describe("the baseline decides as the Python server did", () => {
  it("in sixteen recordings", () => expect(files).toHaveLength(16));

  it.each(files)("%s", (file) => {
    const lines = readFileSync(new URL(file, folder), "utf8").trimEnd().split("\n");
    const { machine }: { machine: Machine } = JSON.parse(lines[0]!);
    const allocator = new PackTreeAllocator({
      width: machine.width,
      height: machine.height,
      deadBoards: machine.dead_boards,
      deadLinks: machine.dead_links,
    });
    const live = new Map<number, Allocation>();
    let lastId = 0;
    lines.slice(1).forEach((line, index) => {
      const operation: Operation = JSON.parse(line);
      const where = `line ${index + 2}: ${line}`;
      if (operation.op === "free") {
        allocator.release(live.get(operation.id)!);
        live.delete(operation.id);
        return;
      }
      const request = requestOf(operation.args, operation.kwargs);
      if (operation.op === "possible") {
        expect(allocator.isPossible(request), where).toBe(operation.result);
        return;
      }
      const allocation = allocator.place(request);
      if (allocation === null) {
        expect(operation.result, where).toBeNull();
        return;
      }
      expect(
        {
          id: ++lastId,
          boards: boardsOf(allocation, machine).toSorted(),
          periphery: peripheryOf(allocation, machine)
            .map(([board, link]) => [...board, link])
            .toSorted(),
          torus: wrapOf(allocation, machine),
        },
        where,
      ).toEqual(
        operation.result && {
          ...operation.result,
          boards: operation.result.boards.toSorted(),
          periphery: operation.result.periphery.toSorted(),
        },
      );
      live.set(lastId, allocation);
    });
  });
});
