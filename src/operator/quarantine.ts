/** The operator's commands about quarantine; docs/operating/quarantine.md documents them. */

import { type BoardCoordinate, boardIndex, isInside } from "../domain/board.js";
import { boardName, framePositionName, positionName, tupleText } from "../domain/names.js";
import { OPERATOR } from "../engine/contract/actors.js";
import type { MachineView } from "../engine/contract/api.js";
import type { OperatorApi, QuarantinedBoard } from "../engine/contract/operator-api.js";
import type { OperatorCommands } from "./dispatch.js";
import type { BoardChoice, BoardsOfMachine, NamedBoard } from "./schemas.js";
import { OperatorError } from "./wire.js";

interface QuarantineServices {
  readonly operator: OperatorApi;
  readonly machine: (name: string) => MachineView | undefined;
  readonly machines: () => readonly MachineView[];
}

export function quarantineCommands(
  services: QuarantineServices,
): Pick<OperatorCommands, Extract<keyof OperatorCommands, `quarantine.${string}`>> {
  const { operator } = services;
  return {
    "quarantine.list": ({ released }) => ({
      boards: operator.quarantine().filter(({ active, mayBeOn }) => active || mayBeOn || released),
      silentBmps: [...operator.silentBmps()].map(([bmp, since]) => ({ bmp, since })),
      suspectBmps: [...operator.suspectBmps()].map(([bmp, { sinceMs: since, reason }]) => {
        return { bmp, since, reason };
      }),
    }),
    "quarantine.add": (request) => {
      if (request.reason.trim() === "") {
        throw new OperatorError("a reason is needed, for the next person who looks");
      }
      const machine = services.machine(request.machine);
      if (machine === undefined) {
        throw new OperatorError(noMachine(request.machine, services.machines()));
      }
      const boards = distinct(
        machine,
        request.boards.flatMap((choice) => boardsOf(machine, choice)),
      );
      for (const board of boards) checkHasBmp(machine, board);
      const indices = boards.map((board) => boardIndex(board, machine.description));
      operator.quarantineBoards(request.machine, indices, request.reason, OPERATOR);
      return { boards: boards.length };
    },
    "quarantine.release": (request) => {
      const { records, unrecorded } = chosen(services, request);
      const quarantined = records.filter(({ active }) => active);
      const others = [...records.filter(({ active }) => !active).map(named), ...unrecorded];
      if (quarantined.length === 0) throw new OperatorError(noneQuarantined(request, others));
      const note = request.reason || "by an operator";
      operator.releaseBoards(quarantined, note, OPERATOR);
      return { boards: quarantined.length, notQuarantined: others };
    },
    "quarantine.drop": (request) => {
      const { records, unrecorded } = chosen(services, request);
      const there = [
        ...records.filter(({ isConfigured }) => isConfigured).map(named),
        ...unrecorded,
      ];
      const [first] = there;
      if (first !== undefined) {
        const name = boardName(request.machine, first.coordinates!, first.position);
        throw new OperatorError(
          `${name} is configured, and what is known of it is kept; release it if it is well`,
        );
      }
      operator.forgetBoards(records, OPERATOR);
      return { boards: records.length };
    },
  };
}

function named({ coordinates, position }: QuarantinedBoard): NamedBoard {
  return { coordinates, position };
}

function noneQuarantined(
  { machine, boards: choices }: BoardsOfMachine,
  boards: readonly NamedBoard[],
): string {
  const [first] = boards;
  if (first?.coordinates == null || boards.length > 1) {
    return `none of these ${boards.length || choices.length} boards of machine ${machine} is in quarantine`;
  }
  return `${boardName(machine, first.coordinates, first.position)} is not in quarantine`;
}

interface ChosenBoards {
  /** Of boards that are or were in quarantine, also of those that the machine had once. */
  readonly records: readonly QuarantinedBoard[];
  /** Boards of the machine that never were. */
  readonly unrecorded: readonly NamedBoard[];
}

/**
 * The boards that are meant, each once: those of the machine that has the name, and those that no machine
 * has any more and that one of the name had last.
 */
function chosen(
  { operator, machine: machineOf, machines }: QuarantineServices,
  { machine: name, boards: choices }: BoardsOfMachine,
): ChosenBoards {
  const machine = machineOf(name);
  const known = operator.quarantine().filter(({ machineName }) => machineName === name);
  const orphans = known.filter(({ isConfigured }) => !isConfigured);
  const records = new Set<QuarantinedBoard>();
  const unrecorded: NamedBoard[] = [];
  for (const choice of choices) {
    const meant = orphans.filter((orphan) => isMeant(orphan, choice));
    for (const orphan of meant) records.add(orphan);
    if (machine === undefined) {
      if (meant.length > 0) continue;
      throw new OperatorError(
        orphans.length === 0
          ? noMachine(name, machines())
          : `there is no machine ${name}, and nothing is known of ${choiceName(choice)}: nothing was changed`,
      );
    }
    // What is not on the machine now may have been.
    const boards = meant.length > 0 ? boardsIfAny(machine, choice) : boardsOf(machine, choice);
    for (const coordinates of distinct(machine, boards)) {
      const index = boardIndex(coordinates, machine.description);
      const record = known.find(({ board, isConfigured }) => isConfigured && board === index);
      if (record !== undefined) records.add(record);
      else unrecorded.push({ coordinates, position: machine.positionOf(coordinates) });
    }
  }
  const isFirst = ({ coordinates }: NamedBoard, at: number) =>
    unrecorded.findIndex((other) => String(other.coordinates) === String(coordinates)) === at;
  return { records: [...records], unrecorded: unrecorded.filter(isFirst) };
}

/** Machines that are named where another was asked for. */
const NAMED_MACHINES = 20;

function noMachine(name: string, machines: readonly MachineView[]): string {
  const none = `there is no machine ${name}`;
  if (machines.length === 0) return `${none}: no machine is configured`;
  const names = machines.slice(0, NAMED_MACHINES).map(({ description }) => description.name);
  const more = machines.length - names.length;
  const all = names.join(", ") + (more > 0 ? ` and ${more} more` : "");
  return `${none}; there ${machines.length === 1 ? "is" : "are"} ${all}`;
}

function choiceName(choice: BoardChoice): string {
  if ("board" in choice) return `a board ${tupleText(choice.board)} of it`;
  if ("position" in choice) return `a board of it at ${positionName(choice.position)}`;
  return `boards of it in ${framePositionName(choice.frame)}`;
}

function isMeant({ coordinates, position }: QuarantinedBoard, choice: BoardChoice): boolean {
  if ("board" in choice) return String(coordinates) === String(choice.board);
  if (position === null) return false;
  if ("position" in choice) return String(position) === String(choice.position);
  return position[0] === choice.frame[0] && position[1] === choice.frame[1];
}

function boardsIfAny(machine: MachineView, choice: BoardChoice): readonly BoardCoordinate[] {
  try {
    return boardsOf(machine, choice);
  } catch (error) {
    if (error instanceof OperatorError) return [];
    throw error;
  }
}

function distinct(
  { description }: MachineView,
  boards: readonly BoardCoordinate[],
): readonly BoardCoordinate[] {
  return [...new Map(boards.map((board) => [boardIndex(board, description), board])).values()];
}

/** A board is known by its BMP: without one, nothing can be kept about it. */
function checkHasBmp(machine: MachineView, board: BoardCoordinate): void {
  const position = machine.positionOf(board);
  const { name, bmpIps } = machine.description;
  const hasBmp = bmpIps.some(
    ([[cabinet, frame]]) => cabinet === position?.[0] && frame === position[1],
  );
  if (hasBmp) return;
  const lacks = position === null ? "position" : "BMP";
  throw new OperatorError(
    `${boardName(name, board, position)} has no ${lacks} in the configuration: no job gets it anyway`,
  );
}

function boardsOf(machine: MachineView, choice: BoardChoice): readonly BoardCoordinate[] {
  const { description } = machine;
  const { name, width, height, boardLocations } = description;
  if ("board" in choice) {
    if (isInside(choice.board, description)) return [choice.board];
    throw new OperatorError(
      `board ${tupleText(choice.board)} is not on machine ${name}, which has ` +
        `${width} × ${height} triads of boards 0, 1 and 2`,
    );
  }
  if ("position" in choice) {
    const board = machine.boardAt(choice.position);
    if (board !== null) return [board];
    throw new OperatorError(`machine ${name} has no board at ${positionName(choice.position)}`);
  }
  const [cabinet, frame] = choice.frame;
  const boards = boardLocations.filter(([, at]) => at[0] === cabinet && at[1] === frame);
  if (boards.length > 0) return boards.map(([board]) => board);
  throw new OperatorError(`machine ${name} has no board in ${framePositionName(choice.frame)}`);
}
