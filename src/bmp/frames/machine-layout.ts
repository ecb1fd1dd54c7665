/**
 * The part of a machine description that its BMPs need, as it goes between threads: on a machine of
 * 120,000 boards cloning the whole takes the main thread 0.4 s, a typed array next to nothing.
 */
import type { MachineDescription } from "../../domain/machine.js";

export type MachineLayout = Pick<
  MachineDescription,
  "name" | "width" | "height" | "deadLinks" | "boardLocations" | "bmpIps" | "fpgaIds"
>;

export interface LayoutMessage extends Omit<MachineLayout, "boardLocations"> {
  /** Six numbers a board: x, y, z, cabinet, frame, board. */
  readonly boardLocations: Float64Array;
}

const NUMBERS_PER_BOARD = 6;

export function encodeLayout(layout: MachineLayout): LayoutMessage {
  const { name, width, height, deadLinks, boardLocations, bmpIps, fpgaIds = [] } = layout;
  const numbers = new Float64Array(boardLocations.length * NUMBERS_PER_BOARD);
  let at = 0;
  for (const [[x, y, z], [cabinet, frame, board]] of boardLocations) {
    numbers[at++] = x;
    numbers[at++] = y;
    numbers[at++] = z;
    numbers[at++] = cabinet;
    numbers[at++] = frame;
    numbers[at++] = board;
  }
  return { name, width, height, deadLinks, bmpIps, fpgaIds, boardLocations: numbers };
}

export function decodeLayout({ boardLocations: numbers, ...rest }: LayoutMessage): MachineLayout {
  const boardLocations = Array.from({ length: numbers.length / NUMBERS_PER_BOARD }, (_, i) => {
    const at = i * NUMBERS_PER_BOARD;
    return [
      [numbers[at]!, numbers[at + 1]!, numbers[at + 2]!],
      [numbers[at + 3]!, numbers[at + 4]!, numbers[at + 5]!],
    ] as const;
  });
  return { ...rest, boardLocations };
}
