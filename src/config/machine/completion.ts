/** From the fields of a machine, each checked by itself, to a complete and consistent description. */
import {
  type BoardCoordinate,
  boardCount,
  boardIndex,
  boardOfIndex,
  type Size,
} from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";
import { framePositionName, positionName, tupleText } from "../../domain/names.js";
import type { Values } from "../fields/field.js";
import type { Problems } from "../fields/problems.js";
import type { MACHINE_FIELDS } from "./machine-fields.js";

type MachineValues = Values<typeof MACHINE_FIELDS>;

/**
 * Infers the size of a machine where it is not given, and checks that the fields fit together.
 *
 * @throws {ConfigurationError} CONFIGURATION_INVALID, listing everything that is wrong.
 */
export function completeMachine(
  problems: Problems,
  values: MachineValues,
): Required<MachineDescription> {
  const machine = { ...values, ...sizeOf(problems, values) };
  problems.throwIfAny();
  checkInside(problems, machine);
  problems.throwIfAny();
  checkPositions(problems, machine);
  checkLiveBoards(problems, machine);
  problems.throwIfAny();
  return machine;
}

function sizeOf(
  problems: Problems,
  { width, height, boardLocations, deadBoards }: MachineValues,
): Size {
  if (width !== null && height !== null) return { width, height };
  if (width !== null || height !== null) {
    const [there, missing] = width === null ? ["height", "width"] : ["width", "height"];
    problems.add(`${there} is given without ${missing}; give both or neither`);
    return { width: 0, height: 0 };
  }
  const known = [...boardLocations.map(([board]) => board), ...deadBoards];
  if (known.length === 0) {
    problems.add("there are no boards; give boardLocations, or width and height and deadBoards");
  }
  return {
    width: known.reduce((most, [x]) => Math.max(most, x + 1), 0),
    height: known.reduce((most, [, y]) => Math.max(most, y + 1), 0),
  };
}

function checkInside(problems: Problems, machine: Required<MachineDescription>): void {
  const { width, height } = machine;
  const check = (field: string, value: readonly number[]): void => {
    const [x = 0, y = 0] = value;
    if (x < width && y < height) return;
    problems.add(
      `${field} has ${tupleText(value)}, outside the machine of ${width} × ${height} triads; x must be 0 to ${width - 1}, y 0 to ${height - 1}`,
    );
  };
  for (const board of machine.deadBoards) check("deadBoards", board);
  for (const link of machine.deadLinks) check("deadLinks", link);
  for (const [board] of machine.boardLocations) check("boardLocations", board);
  for (const [board] of machine.spinnakerIps) check("spinnakerIps", board);
  for (const [board] of machine.fpgaIds) check("fpgaIds", board);
}

function checkPositions(problems: Problems, machine: MachineDescription): void {
  const taken = new Map<string, BoardCoordinate>();
  for (const [board, position] of machine.boardLocations) {
    const other = taken.get(String(position));
    if (other === undefined) taken.set(String(position), board);
    else {
      problems.add(
        `boardLocations puts both ${tupleText(other)} and ${tupleText(board)} at ${positionName(position)}; no two boards may have the same position`,
      );
    }
  }
}

/** Every live board needs a position and an address, and every frame that holds one a BMP. */
function checkLiveBoards(problems: Problems, machine: MachineDescription): void {
  const index = (board: BoardCoordinate) => boardIndex(board, machine);
  const dead = new Set(machine.deadBoards.map(index));
  const positions = new Map(machine.boardLocations.map(([board, at]) => [index(board), at]));
  const addressed = new Set(machine.spinnakerIps.map(([board]) => index(board)));
  const bmps = new Set(machine.bmpIps.map(([frame]) => framePositionName(frame)));
  const framesWithout = new Set<string>();
  for (let i = 0; i < boardCount(machine); i++) {
    if (dead.has(i)) continue;
    const board = tupleText(boardOfIndex(i, machine));
    const position = positions.get(i);
    if (position === undefined) {
      problems.add(
        `board ${board} has no position; add it to boardLocations, or to deadBoards if it is not there`,
      );
    } else {
      const [cabinet, frame] = position;
      const called = framePositionName([cabinet, frame]);
      if (!bmps.has(called)) framesWithout.add(called);
    }
    if (!addressed.has(i)) {
      problems.add(
        `board ${board} has no address; add it to spinnakerIps, or to deadBoards if it is not there`,
      );
    }
  }
  for (const frame of framesWithout) {
    problems.add(`${frame} has live boards but no BMP; add it to bmpIps`);
  }
}
