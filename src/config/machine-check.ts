/** From the fields of `new Machine({…})` to a complete, consistent description. */
import {
  type BoardCoordinate,
  boardCount,
  boardIndex,
  boardOfIndex,
  type Size,
} from "../domain/board.js";
import type { MachineDescription } from "../domain/machine.js";
import { readFields, readNumber } from "./fields.js";
import { Problems, show, showTuple } from "./problems.js";
import {
  boardKind,
  deadLinkKind,
  frameKind,
  hostKind,
  MAX_TRIADS_PER_SIDE,
  positionKind,
  readEntries,
  readList,
  tagKind,
} from "./tuples.js";

export const DEFAULT_TAGS: readonly string[] = ["default"];

const FIELDS = [
  "name",
  "tags",
  "width",
  "height",
  "deadBoards",
  "deadLinks",
  "boardLocations",
  "bmpIps",
  "spinnakerIps",
] as const;

/** How messages call the machine that an object of fields describes. */
export function machineSubject(fields: unknown): string {
  const named = typeof fields === "object" && fields !== null && "name" in fields;
  return named ? `machine ${show(fields.name)}` : "machine without a name";
}

/**
 * Checks the fields of one machine and fills in what may be left out.
 *
 * @throws {ConfigurationError} CONFIGURATION_INVALID, listing everything that is wrong.
 */
export function checkMachine(given: unknown): MachineDescription {
  const problems = new Problems(machineSubject(given));
  const fields = readFields(problems, given, FIELDS);
  const { name, tags = DEFAULT_TAGS } = fields;
  if (typeof name !== "string" || name === "") {
    problems.add(`name is ${show(name)}; it must be a string that is not empty`);
  }
  const deadBoards = readList(problems, "deadBoards", fields.deadBoards, boardKind);
  const boardLocations = readEntries(
    problems,
    "boardLocations",
    fields.boardLocations,
    boardKind,
    positionKind,
  );
  const partial = {
    name: typeof name === "string" ? name : "",
    tags: readList(problems, "tags", tags, tagKind),
    deadBoards,
    deadLinks: readList(problems, "deadLinks", fields.deadLinks, deadLinkKind),
    boardLocations,
    bmpIps: readEntries(problems, "bmpIps", fields.bmpIps, frameKind, hostKind),
    spinnakerIps: readEntries(problems, "spinnakerIps", fields.spinnakerIps, boardKind, hostKind),
  };
  problems.throwIfAny();
  const known = [...boardLocations.map(([board]) => board), ...deadBoards];
  const size = readSize(problems, fields.width, fields.height, known);
  problems.throwIfAny();
  const machine = { ...partial, ...size };
  checkInside(problems, machine);
  problems.throwIfAny();
  checkPlaces(problems, machine);
  checkLiveBoards(problems, machine);
  problems.throwIfAny();
  return machine;
}

function readSize(
  problems: Problems,
  width: unknown,
  height: unknown,
  known: readonly BoardCoordinate[],
): Size {
  if (width === undefined && height === undefined) {
    if (known.length === 0) {
      problems.add("there are no boards; give boardLocations, or width and height and deadBoards");
    }
    return {
      width: known.reduce((most, [x]) => Math.max(most, x + 1), 0),
      height: known.reduce((most, [, y]) => Math.max(most, y + 1), 0),
    };
  }
  if (width === undefined || height === undefined) {
    const [there, missing] = width === undefined ? ["height", "width"] : ["width", "height"];
    problems.add(`${there} is given without ${missing}; give both or neither`);
  }
  const range = { min: 1, max: MAX_TRIADS_PER_SIDE, whole: true };
  return {
    width: readNumber(problems, "width (in triads)", width, range, 0),
    height: readNumber(problems, "height (in triads)", height, range, 0),
  };
}

function checkInside(problems: Problems, machine: MachineDescription): void {
  const { width, height } = machine;
  const check = (field: string, value: readonly number[]): void => {
    const [x = 0, y = 0] = value;
    if (x < width && y < height) return;
    problems.add(
      `${field} has ${showTuple(value)}, outside the machine of ${width} × ${height} triads; x must be 0 to ${width - 1}, y 0 to ${height - 1}`,
    );
  };
  for (const board of machine.deadBoards) check("deadBoards", board);
  for (const link of machine.deadLinks) check("deadLinks", link);
  for (const [board] of machine.boardLocations) check("boardLocations", board);
  for (const [board] of machine.spinnakerIps) check("spinnakerIps", board);
}

function checkPlaces(problems: Problems, machine: MachineDescription): void {
  const taken = new Map<string, BoardCoordinate>();
  for (const [board, place] of machine.boardLocations) {
    const other = taken.get(String(place));
    if (other === undefined) taken.set(String(place), board);
    else {
      problems.add(
        `boardLocations puts both ${showTuple(other)} and ${showTuple(board)} at [cabinet, frame, board] ${showTuple(place)}; each board has a place of its own`,
      );
    }
  }
}

/** Every live board needs a place and an address, every frame with one a BMP. */
function checkLiveBoards(problems: Problems, machine: MachineDescription): void {
  const index = (board: BoardCoordinate) => boardIndex(board, machine);
  const dead = new Set(machine.deadBoards.map(index));
  const places = new Map(machine.boardLocations.map(([board, place]) => [index(board), place]));
  const addressed = new Set(machine.spinnakerIps.map(([board]) => index(board)));
  const bmps = new Set(machine.bmpIps.map(([frame]) => String(frame)));
  const framesWithout = new Set<string>();
  for (let i = 0; i < boardCount(machine); i++) {
    if (dead.has(i)) continue;
    const board = showTuple(boardOfIndex(i, machine));
    const place = places.get(i);
    if (place === undefined) {
      problems.add(
        `board ${board} has no place; add it to boardLocations, or to deadBoards if it is not there`,
      );
    } else {
      const [cabinet, frame] = place;
      if (!bmps.has(`${cabinet},${frame}`)) framesWithout.add(`[${cabinet}, ${frame}]`);
    }
    if (!addressed.has(i)) {
      problems.add(
        `board ${board} has no address; add it to spinnakerIps, or to deadBoards if it is not there`,
      );
    }
  }
  for (const frame of framesWithout) {
    problems.add(`frame [cabinet, frame] ${frame} has live boards but no BMP; add it to bmpIps`);
  }
}
