/**
 * Which boards and links of a machine work, in the forms that the search needs. It does not change
 * while boards are taken and freed; it is made anew when boards or links die or boards are withheld.
 */
import { BOARDS_PER_TRIAD, boardIndex } from "../../domain/board.js";
import { bitAt, type Grid, popcount } from "./bit-rows.js";
import { BlockSums } from "./block-sums.js";
import type { BoardSnapshot } from "./board-snapshot.js";

export class Topology {
  readonly grid: Grid;
  /** Planes z = 0, 1, 2: boards that can be allocated. */
  readonly live: Int32Array;
  readonly liveBoards: number;
  /** Whether every board and every link of the machine works. */
  readonly hasNoFlaws: boolean;
  /** 1 for a board that cannot be allocated, by boardIndex. */
  readonly dead: Uint8Array;
  /** Bit l set: link l of that board is dead. By boardIndex. */
  readonly deadLinks: Uint8Array;
  /** Triads that hold a dead board or a board with a dead link. */
  private readonly flaws: BlockSums;
  private readonly deadBoards: BlockSums;

  constructor(snapshot: BoardSnapshot, options: { readonly withheldIsDead: boolean }) {
    const { grid } = snapshot;
    const { width, height, planeWords, wordsPerRow, lastWordMask } = grid;
    this.grid = grid;
    this.live = new Int32Array(BOARDS_PER_TRIAD * planeWords);
    this.dead = new Uint8Array(width * height * BOARDS_PER_TRIAD);
    this.deadLinks = new Uint8Array(this.dead.length);
    let liveBoards = 0;
    for (let i = 0; i < this.live.length; i++) {
      const all = i % wordsPerRow === wordsPerRow - 1 ? lastWordMask : -1;
      const gone = snapshot.dead[i]! | (options.withheldIsDead ? snapshot.withheld[i]! : 0);
      this.live[i] = all & ~gone;
      liveBoards += popcount(this.live[i]!);
    }
    this.liveBoards = liveBoards;

    const planes = (words: Int32Array) =>
      Array.from({ length: words.length / planeWords }, (_, i) =>
        words.subarray(i * planeWords, (i + 1) * planeWords),
      );
    const live = planes(this.live);
    const deadLinks = planes(snapshot.deadLinks);
    const flaws = new Uint8Array(width * height);
    const deadInTriad = new Uint8Array(width * height);
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        for (let z = 0; z < BOARDS_PER_TRIAD; z++) {
          const board = boardIndex([x, y, z], grid);
          let links = 0;
          for (let l = 0; l < 6; l++)
            links |= bitAt(deadLinks[l * BOARDS_PER_TRIAD + z]!, grid, x, y) << l;
          const isDead = 1 - bitAt(live[z]!, grid, x, y);
          this.deadLinks[board] = links;
          this.dead[board] = isDead;
          deadInTriad[y * width + x]! += isDead;
          if (links !== 0 || isDead === 1) flaws[y * width + x] = 1;
        }
      }
    }
    this.hasNoFlaws = !flaws.includes(1);
    this.flaws = new BlockSums(grid, flaws);
    this.deadBoards = new BlockSums(grid, deadInTriad);
  }

  /** Whether every board and every link of the block works. */
  isFlawless(x: number, y: number, w: number, h: number): boolean {
    return this.flaws.of(x, y, w, h) === 0;
  }

  deadBoardsIn(x: number, y: number, w: number, h: number): number {
    return this.deadBoards.of(x, y, w, h);
  }
}
