import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { boardsOf, peripheryOf, wrapOf } from "../../src/domain/allocation.js";
import type { BoardCoordinate } from "../../src/domain/board.js";
import type { DeadLink } from "../../src/domain/machine.js";
import { BoardBitmaps } from "../../src/placement/bitmaps/board-bitmaps.js";
import { blankSnapshot, refresh } from "../../src/placement/bitmaps/board-snapshot.js";
import { Topology } from "../../src/placement/bitmaps/topology.js";
import { BlockSurvey } from "../../src/placement/feasibility/block-survey.js";

interface BlockVector {
  readonly machine: [number, number];
  readonly dead_boards: BoardCoordinate[];
  readonly dead_links: DeadLink[];
  readonly block: [x: number, y: number, width: number, height: number];
  readonly asked_boards: number;
  readonly max_dead_boards: number | null;
  readonly max_dead_links: number | null;
  readonly require_torus: boolean;
  readonly accepted: boolean;
  readonly boards?: BoardCoordinate[];
  readonly periphery?: DeadLink[];
  readonly wrap?: number;
}

const vectors: BlockVector[] = JSON.parse(
  readFileSync(new URL("../data/vectors/blocks.json", import.meta.url), "utf8"),
);

describe("a block with dead boards and links, as the Python server judges it", () => {
  it("is there to be compared", () => expect(vectors).toHaveLength(160));

  vectors.forEach((vector, number) => {
    const [width, height] = vector.machine;
    const [x, y, w, h] = vector.block;
    it(`agrees on block ${number}: ${w} × ${h} at (${x}, ${y}) of ${width} × ${height}`, () => {
      const size = { width, height };
      const { buffer } = new BoardBitmaps({
        ...size,
        deadBoards: vector.dead_boards,
        deadLinks: vector.dead_links,
      });
      const snapshot = blankSnapshot(buffer);
      refresh(buffer, snapshot);
      const survey = new BlockSurvey(new Topology(snapshot, { withheldIsDead: true }));
      const accepted =
        (!vector.require_torus || (w === width && h === height)) &&
        survey.accepts(x, y, w, h, {
          minBoards:
            vector.max_dead_boards === null
              ? 1
              : Math.max(1, vector.asked_boards - vector.max_dead_boards),
          maxDeadLinks: vector.max_dead_links ?? Number.POSITIVE_INFINITY,
          countWrapping: vector.require_torus,
        });
      expect(accepted).toBe(vector.accepted);
      if (!accepted) return;
      const missing = survey.missing(x, y, w, h);
      const allocation = { x, y, width: w, height: h, board: null, missing };
      expect(boardsOf(allocation, size).toSorted()).toEqual(vector.boards!.toSorted());
      expect(
        peripheryOf(allocation, size)
          .map(([board, link]) => [...board, link])
          .toSorted(),
      ).toEqual(vector.periphery!.toSorted());
      expect(wrapOf(allocation, size)).toBe(vector.wrap);
    });
  });
});
