/** A machine as configured: the positions of its boards, and how they are reached. */
import type { BoardCoordinate, BoardPosition, Size } from "./board.js";
import type { Link } from "./links.js";

export type DeadLink = readonly [x: number, y: number, z: number, link: Link];

/** What the low two bits of the flag registers of FPGA 0, 1 and 2 of a board read. */
export type FpgaIds = readonly [fpga0: number, fpga1: number, fpga2: number];

/** Of a board with the usual bitfiles: each is the number of its FPGA. */
export const USUAL_FPGA_IDS: FpgaIds = [0, 1, 2];

/** Cabinet and frame: where one BMP is. */
export type FramePosition = readonly [cabinet: number, frame: number];

export interface MachineDescription extends Size {
  readonly name: string;
  readonly tags: readonly string[];
  /** Boards that do not exist or must not be used. Sorted by x, y, z, no repeats. */
  readonly deadBoards: readonly BoardCoordinate[];
  /** As configured, each in one direction. Sorted, no repeats. Links to dead boards are implied. */
  readonly deadLinks: readonly DeadLink[];
  /** A position for every live board (and perhaps dead ones). */
  readonly boardLocations: readonly (readonly [BoardCoordinate, BoardPosition])[];
  /** BMP addresses: a host name or IP address for every frame with a live board. */
  readonly bmpIps: readonly (readonly [FramePosition, string])[];
  /** A host name or IP address for every live board. */
  readonly spinnakerIps: readonly (readonly [BoardCoordinate, string])[];
  /**
   * Of boards with bitfiles of their own; those of all others are {@link USUAL_FPGA_IDS}. Never saved:
   * the configuration says what is right at present.
   */
  readonly fpgaIds?: readonly (readonly [BoardCoordinate, FpgaIds])[];
}
