/** The machines of a configuration file. */
import type { MachineDescription } from "../../domain/machine.js";
import { show } from "../fields/formatting.js";
import { Problems } from "../fields/problems.js";
import { readFields } from "../fields/reader.js";
import { classWith, plainValues } from "../fields/values.js";
import { completeMachine } from "./completion.js";
import {
  LAYOUT_FIELDS,
  MACHINE_FIELDS,
  type MachineFields,
  SINGLE_BOARD_FIELDS,
  type SingleBoardFields,
  STANDARD_IPS_FIELDS,
  type StandardIpsFields,
} from "./machine-fields.js";
import { standardIps } from "./standard-ips.js";

const brand: unique symbol = Symbol.for("spalloc-server.Machine");

const Base = classWith<Required<MachineDescription>>();

/** A machine: a torus of `width × height` triads of boards, complete and checked. */
export class Machine extends Base {
  /** Recognises machines made by another copy of this module. */
  readonly [brand] = true;

  /** @throws {ConfigurationError} listing everything in the fields that is wrong. */
  constructor(fields: MachineFields) {
    const problems = new Problems(subject(fields));
    const values = problems.checked(readFields(problems, MACHINE_FIELDS, fields));
    super(completeMachine(problems, values));
    Object.freeze(this);
  }

  /**
   * A machine of one board, as it stands on a desk: board [0, 0, 0] in cabinet 0, frame 0, board 0,
   * the other two boards of its triad dead.
   *
   * @throws {ConfigurationError} listing everything in the fields that is wrong.
   */
  static singleBoard(fields: SingleBoardFields): Machine {
    const problems = new Problems(subject(fields));
    const values = problems.checked(readFields(problems, SINGLE_BOARD_FIELDS, fields));
    const { bmpIp, spinnakerIp, fpgaIds, ...identity } = values;
    const only = [0, 0, 0] as const;
    return new Machine({
      ...identity,
      width: 1,
      height: 1,
      deadBoards: [
        [0, 0, 1],
        [0, 0, 2],
      ],
      boardLocations: [[only, [0, 0, 0]]],
      bmpIps: [[[0, 0], bmpIp]],
      spinnakerIps: [[only, spinnakerIp]],
      fpgaIds: fpgaIds === null ? [] : [[only, fpgaIds]],
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
    const problems = new Problems(subject(fields));
    const values = problems.checked(readFields(problems, STANDARD_IPS_FIELDS, fields));
    const addresses = standardIps(problems, values, values.boardLocations);
    problems.throwIfAny();
    const { width, height, ...layout } = plainValues(LAYOUT_FIELDS, values);
    return new Machine({
      ...layout,
      width: width ?? undefined,
      height: height ?? undefined,
      ...addresses,
    });
  }
}

/** Whether a value is a Machine, of this copy of the module or of another. */
export function isMachine(value: unknown): value is Machine {
  return typeof value === "object" && value !== null && brand in value;
}

/** A machine as plain data, which can cross between threads and be stored. */
export function describeMachine(machine: Machine): MachineDescription {
  return plainValues(MACHINE_FIELDS, machine);
}

/** How messages call the machine that an object of fields describes. */
function subject(fields: unknown): string {
  const named = typeof fields === "object" && fields !== null && "name" in fields;
  return named ? `machine ${show(fields.name)}` : "machine without a name";
}
