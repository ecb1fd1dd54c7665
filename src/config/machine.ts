/** The machines of a configuration file. */
import type { BoardCoordinate, BoardPosition } from "../domain/board.js";
import type { DeadLink, FramePosition, MachineDescription } from "../domain/machine.js";
import { readFields } from "./fields.js";
import { checkMachine, DEFAULT_TAGS, machineSubject } from "./machine-check.js";
import { Problems, show } from "./problems.js";
import { STANDARD_ADDRESSES, type StandardAddressField, standardIps } from "./standard-ips.js";
import { boardKind, hostKind, positionKind, readEntries } from "./tuples.js";

/**
 * How configuration files write a map whose keys are coordinates: an array of `[key, value]`
 * entries, or a Map made of one.
 */
export type Entries<Key, Value> = readonly (readonly [Key, Value])[] | ReadonlyMap<Key, Value>;

/** Where each board is bolted in: `[[x, y, z], [cabinet, frame, board]]` … */
export type BoardLocations = Entries<BoardCoordinate, BoardPosition>;

/** The host name or address of each frame's BMP: `[[cabinet, frame], "192.168.0.0"]` … */
export type BmpIps = Entries<FramePosition, string>;

/** The host name or address of each board: `[[x, y, z], "192.168.0.1"]` … */
export type SpinnakerIps = Entries<BoardCoordinate, string>;

interface CommonFields {
  /** What users and messages call the machine; no other machine of the file may have that name. */
  readonly name: string;
  /** Which jobs it is for; default `["default"]`, what jobs without tags ask for. */
  readonly tags?: readonly string[] | ReadonlySet<string> | undefined;
}

interface LayoutFields extends CommonFields {
  /** In triads; give both width and height, or neither to have them follow from the boards. */
  readonly width?: number | undefined;
  /** In triads. */
  readonly height?: number | undefined;
  /** Boards that are not there or must not be used, each `[x, y, z]`. */
  readonly deadBoards?: readonly BoardCoordinate[] | ReadonlySet<BoardCoordinate> | undefined;
  /** Links that must not be used, each `[x, y, z, link]` and in one direction. */
  readonly deadLinks?: readonly DeadLink[] | ReadonlySet<DeadLink> | undefined;
}

/** Fields of `new Machine({…})`. */
export interface MachineFields extends LayoutFields {
  /** A place for every live board; may cover dead ones. */
  readonly boardLocations?: BoardLocations | undefined;
  /** A BMP for every frame that holds a live board. */
  readonly bmpIps?: BmpIps | undefined;
  /** An address for every live board. */
  readonly spinnakerIps?: SpinnakerIps | undefined;
}

/** Fields of `Machine.singleBoard({…})`. */
export interface SingleBoardFields extends CommonFields {
  /** Host name or address of the board's BMP. */
  readonly bmpIp: string;
  /** Host name or address of the board. */
  readonly spinnakerIp: string;
}

/** Fields of `Machine.withStandardIps({…})`; addresses are IPv4, strides are multiplied and added. */
export interface StandardIpsFields
  extends LayoutFields,
    Readonly<Partial<Record<StandardAddressField, string | undefined>>> {
  /** A place for every live board; may cover dead ones. */
  readonly boardLocations: BoardLocations;
}

const LAYOUT_FIELDS = [
  "name",
  "boardLocations",
  "tags",
  "width",
  "height",
  "deadBoards",
  "deadLinks",
] as const;
const ADDRESS_FIELDS = Object.keys(STANDARD_ADDRESSES) as StandardAddressField[];

const brand: unique symbol = Symbol.for("spalloc-server.Machine");

/** A machine: a torus of `width × height` triads of boards, complete and checked. */
export class Machine implements MachineDescription {
  /** Recognises machines made by another copy of this module. */
  readonly [brand] = true;
  readonly name: string;
  readonly tags: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly deadBoards: readonly BoardCoordinate[];
  readonly deadLinks: readonly DeadLink[];
  readonly boardLocations: readonly (readonly [BoardCoordinate, BoardPosition])[];
  readonly bmpIps: readonly (readonly [FramePosition, string])[];
  readonly spinnakerIps: readonly (readonly [BoardCoordinate, string])[];

  /** @throws {ConfigurationError} listing everything in the fields that is wrong. */
  constructor(fields: MachineFields) {
    const machine = checkMachine(fields);
    this.name = machine.name;
    this.tags = machine.tags;
    this.width = machine.width;
    this.height = machine.height;
    this.deadBoards = machine.deadBoards;
    this.deadLinks = machine.deadLinks;
    this.boardLocations = machine.boardLocations;
    this.bmpIps = machine.bmpIps;
    this.spinnakerIps = machine.spinnakerIps;
    Object.freeze(this);
  }

  /**
   * A machine of one board, as it stands on a desk: board [0, 0, 0] in cabinet 0, frame 0, board 0,
   * the other two boards of its triad dead.
   *
   * @throws {ConfigurationError} listing everything in the fields that is wrong.
   */
  static singleBoard(fields: SingleBoardFields): Machine {
    const problems = new Problems(machineSubject(fields));
    const given = readFields(problems, fields, ["name", "tags", "bmpIp", "spinnakerIp"]);
    for (const field of ["bmpIp", "spinnakerIp"] as const) {
      if (hostKind.is(given[field])) continue;
      problems.add(`${field} is ${show(given[field])}; it must be ${hostKind.expected}`);
    }
    problems.throwIfAny();
    const { name, tags = DEFAULT_TAGS, bmpIp, spinnakerIp } = fields;
    return new Machine({
      name,
      tags,
      width: 1,
      height: 1,
      deadBoards: [
        [0, 0, 1],
        [0, 0, 2],
      ],
      boardLocations: [
        [
          [0, 0, 0],
          [0, 0, 0],
        ],
      ],
      bmpIps: [[[0, 0], bmpIp]],
      spinnakerIps: [[[0, 0, 0], spinnakerIp]],
    });
  }

  /**
   * A machine whose addresses follow from where its boards are bolted in:
   * the BMP of (cabinet c, frame f) has `baseIp + c·cabinetStride + f·frameStride + bmpOffset`, the
   * board there at b has `baseIp + c·cabinetStride + f·frameStride + b·boardStride +
   * spinnakerOffset`.
   *
   * @throws {ConfigurationError} listing everything in the fields that is wrong.
   */
  static withStandardIps(fields: StandardIpsFields): Machine {
    const problems = new Problems(machineSubject(fields));
    const given = readFields(problems, fields, [...LAYOUT_FIELDS, ...ADDRESS_FIELDS]);
    const boardLocations = readEntries(
      problems,
      "boardLocations",
      given.boardLocations,
      boardKind,
      positionKind,
    );
    const addresses = standardIps(problems, given, boardLocations);
    problems.throwIfAny();
    const { name, tags, width, height, deadBoards, deadLinks } = fields;
    return new Machine({
      name,
      tags,
      width,
      height,
      deadBoards,
      deadLinks,
      boardLocations,
      ...addresses,
    });
  }
}

/** Whether a value is a Machine, of this copy of the module or of another. */
export function isMachine(value: unknown): value is Machine {
  return typeof value === "object" && value !== null && brand in value;
}
