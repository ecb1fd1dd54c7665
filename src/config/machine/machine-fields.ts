/** The fields of the machines of a configuration file, for each way of making one. */
import type { BoardCoordinate, BoardPosition } from "../../domain/board.js";
import { counted } from "../../domain/counted.js";
import type { FramePosition, MachineDescription } from "../../domain/machine.js";
import { addressRange } from "../fields/address-range.js";
import { type Entries, entries, list } from "../fields/collections.js";
import type { Field, Given, Table } from "../fields/field.js";
import { host } from "../fields/host.js";
import { number } from "../fields/numbers.js";
import { ipv4Address, label } from "../fields/text.js";
import {
  board,
  deadLink,
  fpgaIds,
  frame,
  MAX_TRIADS_PER_SIDE,
  position,
} from "../fields/tuples.js";

/** Where each board is bolted in: `[[x, y, z], [cabinet, frame, board]]` … */
export type BoardLocations = Entries<BoardCoordinate, BoardPosition>;

/** The host name or address of each frame's BMP: `[[cabinet, frame], "192.168.0.0"]` … */
export type BmpIps = Entries<FramePosition, string>;

/** The host name or address of each board: `[[x, y, z], "192.168.0.1"]` … */
export type SpinnakerIps = Entries<BoardCoordinate, string>;

const DEFAULT_TAGS: readonly string[] = ["default"];

const showTags = (tags: readonly string[]): string =>
  tags.length === 0 ? "none (by name only)" : tags.join(", ");
const showCount = (noun: string) => (members: readonly unknown[]) => counted(members.length, noun);
const showAddresses = (noun: string) => (addressed: readonly (readonly [unknown, string])[]) =>
  `${counted(addressed.length, noun)}, ${addressRange(addressed.map(([, host]) => host))}`;

const side = number({ min: 1, max: MAX_TRIADS_PER_SIDE, whole: true, unit: "triad" });

const IDENTITY_FIELDS = {
  /** What users and messages call the machine. No two machines of a file may have the same name. */
  name: { type: label },
  /**
   * Which jobs the machine is for: jobs without tags ask for `default`. A machine without tags,
   * `[]`, must be asked for by name.
   * @default ["default"]
   */
  tags: { type: list(label, showTags), default: DEFAULT_TAGS },
} satisfies Table;

export const LAYOUT_FIELDS = {
  ...IDENTITY_FIELDS,
  /** Width in triads. Give both width and height, or neither to have them follow from the boards. */
  width: { type: side, default: null, calledInMessages: "width (in triads)" },
  /** Height in triads, see `width`. */
  height: { type: side, default: null, calledInMessages: "height (in triads)" },
  /**
   * Boards that are not there or must not be used, each `[x, y, z]`.
   * @default []
   */
  deadBoards: { type: list(board, showCount("board")), default: [] },
  /**
   * Links that must not be used, each `[x, y, z, link]` and in one direction.
   * @default []
   */
  deadLinks: { type: list(deadLink, showCount("link")), default: [] },
  /**
   * The position of every live board, `[x, y, z]` → `[cabinet, frame, board]`. May include dead boards.
   * @default []
   */
  boardLocations: { type: entries(board, position, showCount("board")), default: [] },
  /**
   * Boards whose FPGAs have bitfiles of their own, `[x, y, z]` → `[id, id, id]`: the low two bits of the
   * flag registers of FPGA 0, 1 and 2 that are right for that board. Of any other board these are 0, 1
   * and 2; a board that shows others is powered on again, and in the end goes into quarantine.
   * @default []
   */
  fpgaIds: { type: entries(board, fpgaIds, showCount("board")), default: [] },
} satisfies Table;

export const MACHINE_FIELDS = {
  ...LAYOUT_FIELDS,
  /**
   * The host name or address of the BMP of every frame with a live board, `[cabinet, frame]` → host.
   * @default []
   */
  bmpIps: { type: entries(frame, host, showAddresses("frame")), default: [] },
  /**
   * The host name or address of every live board, `[x, y, z]` → host.
   * @default []
   */
  spinnakerIps: { type: entries(board, host, showAddresses("board")), default: [] },
} satisfies { readonly [Name in keyof MachineDescription]: Field };

/** Fields of `new Machine({…})`. */
export type MachineFields = Given<typeof MACHINE_FIELDS>;

export const SINGLE_BOARD_FIELDS = {
  ...IDENTITY_FIELDS,
  /** Host name or address of the board's BMP. */
  bmpIp: { type: host },
  /** Host name or address of the board. */
  spinnakerIp: { type: host },
  /**
   * If the board has bitfiles of its own: the low two bits of the flag registers of FPGA 0, 1 and 2.
   * They are 0, 1 and 2 otherwise.
   */
  fpgaIds: { type: fpgaIds, default: null },
} satisfies Table;

/** Fields of `Machine.singleBoard({…})`. */
export type SingleBoardFields = Given<typeof SINGLE_BOARD_FIELDS>;

const address = (standard: string) => ({ type: ipv4Address(standard), default: standard });

export const STANDARD_ADDRESS_FIELDS = {
  /**
   * What the address of every BMP and board starts from.
   * @default "192.168.0.0"
   */
  baseIp: address("192.168.0.0"),
  /**
   * Added once for each cabinet before the board's own.
   * @default "0.0.5.0"
   */
  cabinetStride: address("0.0.5.0"),
  /**
   * Added once for each frame of the cabinet before the board's own.
   * @default "0.0.1.0"
   */
  frameStride: address("0.0.1.0"),
  /**
   * Added once for each board of the frame before the board itself.
   * @default "0.0.0.8"
   */
  boardStride: address("0.0.0.8"),
  /**
   * Added to the address of every BMP.
   * @default "0.0.0.0"
   */
  bmpOffset: address("0.0.0.0"),
  /**
   * Added to the address of every board.
   * @default "0.0.0.1"
   */
  spinnakerOffset: address("0.0.0.1"),
} satisfies Table;

export const STANDARD_IPS_FIELDS = {
  ...LAYOUT_FIELDS,
  ...STANDARD_ADDRESS_FIELDS,
} satisfies Table;

/** Fields of `Machine.withStandardIps({…})`; addresses are IPv4, strides are multiplied and added. */
export type StandardIpsFields = Given<typeof STANDARD_IPS_FIELDS>;
