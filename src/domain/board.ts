/** Boards, triads and where boards are bolted in. */

/** Logical coordinate of a board: triad column x, triad row y, board z (0, 1, 2) in the triad. */
export type BoardCoordinate = readonly [x: number, y: number, z: number];

/** Where a board is bolted in: cabinet, frame in the cabinet, board in the frame. */
export type BoardPosition = readonly [cabinet: number, frame: number, board: number];

/** A board by all its names. */
export interface BoardReference {
  /** {@link boardIndex} */
  readonly index: number;
  readonly coordinates: BoardCoordinate;
  /** Null where none is configured. */
  readonly position: BoardPosition | null;
}

/** Size of a machine in triads. The torus is made of whole triads. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export const BOARDS_PER_TRIAD = 3;

/** Number of boards of a machine of that size, dead ones included. */
export function boardCount({ width, height }: Size): number {
  return width * height * BOARDS_PER_TRIAD;
}

/** Dense index of a board, 0 … boardCount - 1, ordered by x, then y, then z. */
export function boardIndex([x, y, z]: BoardCoordinate, { height }: Size): number {
  return (x * height + y) * BOARDS_PER_TRIAD + z;
}

/** The board with that dense index; inverse of {@link boardIndex}. */
export function boardOfIndex(index: number, { height }: Size): BoardCoordinate {
  const triad = Math.floor(index / BOARDS_PER_TRIAD);
  return [Math.floor(triad / height), triad % height, index % BOARDS_PER_TRIAD];
}

/** Whether the coordinate is three whole numbers inside a machine of that size. */
export function isInside([x, y, z]: BoardCoordinate, { width, height }: Size): boolean {
  return (
    Number.isInteger(x) &&
    Number.isInteger(y) &&
    Number.isInteger(z) &&
    x >= 0 &&
    x < width &&
    y >= 0 &&
    y < height &&
    z >= 0 &&
    z < BOARDS_PER_TRIAD
  );
}

/** `a` modulo `n`, never negative: how coordinates wrap around the torus. */
export function wrap(a: number, n: number): number {
  return ((a % n) + n) % n;
}
