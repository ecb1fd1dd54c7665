/** Chips of boards, of machines and of allocations. */
import { type BoardCoordinate, type Size, wrap } from "./board.js";
import { WrapAround } from "./links.js";

/** Coordinate of a chip on a machine's chip grid, on a board, or in a job; the context says which. */
export type ChipCoordinate = readonly [x: number, y: number];

/** Chips along one side of a triad; a machine that wraps both ways has 12·width × 12·height chips. */
export const CHIPS_PER_TRIAD_SIDE = 12;

/** ETHERNET_OFFSETS[z]: the Ethernet chip of board z, relative to its triad's bottom-left chip. */
const ETHERNET_OFFSETS: readonly ChipCoordinate[] = [
  [0, 0],
  [8, 4],
  [4, 8],
];

/** BOARD_ROWS[y]: first and last x of the 48 chips of a board, relative to its Ethernet chip. */
const BOARD_ROWS: readonly (readonly [from: number, to: number])[] = [
  [0, 4],
  [0, 5],
  [0, 6],
  [0, 7],
  [1, 7],
  [2, 7],
  [3, 7],
  [4, 7],
];

interface ChipInTriad {
  /** Triad of the board relative to the triad of the chip. */
  readonly dx: number;
  readonly dy: number;
  readonly z: number;
  readonly boardChip: ChipCoordinate;
}

/** CHIP_OWNERS[y * 12 + x]: the board of the chip (x, y) of a triad's 12×12 square. */
const BOARD_OF_TRIAD_CHIP: readonly ChipInTriad[] = (() => {
  const chips: ChipInTriad[] = new Array(CHIPS_PER_TRIAD_SIDE ** 2);
  ETHERNET_OFFSETS.forEach(([ex, ey], z) => {
    BOARD_ROWS.forEach(([from, to], y) => {
      for (let x = from; x <= to; x++) {
        const cx = ex + x;
        const cy = ey + y;
        const column = wrap(cx, CHIPS_PER_TRIAD_SIDE);
        const row = wrap(cy, CHIPS_PER_TRIAD_SIDE);
        chips[row * CHIPS_PER_TRIAD_SIDE + column] = {
          dx: cx === column ? 0 : -1,
          dy: cy === row ? 0 : -1,
          z,
          boardChip: [x, y],
        };
      }
    });
  });
  return chips;
})();

/** The Ethernet chip (bottom-left chip) of a board, in chips, not wrapped. */
export function ethernetChip([x, y, z]: BoardCoordinate): ChipCoordinate {
  const [ox, oy] = ETHERNET_OFFSETS[z]!;
  return [x * CHIPS_PER_TRIAD_SIDE + ox, y * CHIPS_PER_TRIAD_SIDE + oy];
}

/** The board that a chip of a machine is on, and the coordinates of the chip on it. Chips wrap. */
export function boardOfChip(
  [x, y]: ChipCoordinate,
  { width, height }: Size,
): { readonly board: BoardCoordinate; readonly boardChip: ChipCoordinate } {
  const cx = wrap(x, width * CHIPS_PER_TRIAD_SIDE);
  const cy = wrap(y, height * CHIPS_PER_TRIAD_SIDE);
  const triadX = Math.floor(cx / CHIPS_PER_TRIAD_SIDE);
  const triadY = Math.floor(cy / CHIPS_PER_TRIAD_SIDE);
  const owner =
    BOARD_OF_TRIAD_CHIP[
      (cy % CHIPS_PER_TRIAD_SIDE) * CHIPS_PER_TRIAD_SIDE + (cx % CHIPS_PER_TRIAD_SIDE)
    ]!;
  return {
    board: [wrap(triadX + owner.dx, width), wrap(triadY + owner.dy, height), owner.z],
    boardChip: owner.boardChip,
  };
}

/** The board whose Ethernet chip is there, or null when there is none. Coordinates are not wrapped. */
export function boardOfEthernetChip([x, y]: ChipCoordinate): BoardCoordinate | null {
  const column = wrap(x, CHIPS_PER_TRIAD_SIDE);
  const row = wrap(y, CHIPS_PER_TRIAD_SIDE);
  const z = ETHERNET_OFFSETS.findIndex(([ox, oy]) => ox === column && oy === row);
  if (z < 0) return null;
  return [Math.floor(x / CHIPS_PER_TRIAD_SIDE), Math.floor(y / CHIPS_PER_TRIAD_SIDE), z];
}

/** Width and height of an allocation of whole triads, in chips, given how it wraps. */
export function sizeInChips(
  { width, height }: Size,
  wraps: WrapAround,
): { readonly width: number; readonly height: number } {
  return {
    width: width * CHIPS_PER_TRIAD_SIDE + (wraps & WrapAround.x ? 0 : 4),
    height: height * CHIPS_PER_TRIAD_SIDE + (wraps & WrapAround.y ? 0 : 4),
  };
}

/** A single board is always 8×8 chips. */
export const SINGLE_BOARD_CHIPS = { width: 8, height: 8 } as const;
