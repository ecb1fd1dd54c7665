/** The operator's commands about quarantine; docs/operating/quarantine.md documents them. */

import { type BoardCoordinate, boardIndex, boardOfIndex, isInside } from "../domain/board.js";
import { boardName, framePositionName, positionName, tupleText } from "../domain/names.js";
import { OPERATOR } from "../engine/contract/actors.js";
import type { MachineView } from "../engine/contract/api.js";
import type { OperatorApi } from "../engine/contract/operator-api.js";
import type { OperatorCommands } from "./dispatch.js";
import type { BoardChange, BoardChoice, ListedBoard, NamedBoard } from "./schemas.js";
import { OperatorError } from "./wire.js";

interface QuarantineServices {
  readonly operator: OperatorApi;
  readonly machine: (name: string) => MachineView | undefined;
  readonly machines: () => readonly MachineView[];
}

export function quarantineCommands(
  services: QuarantineServices,
): Pick<OperatorCommands, "quarantine.list" | "quarantine.add" | "quarantine.release"> {
  const { operator } = services;
  return {
    "quarantine.list": ({ released }) => ({
      boards: listedBoards(services, released),
      silentBmps: [...operator.silentBmps()].map(([bmp, since]) => ({ bmp, since })),
      suspectBmps: [...operator.suspectBmps()].map(([bmp, { sinceMs: since, reason }]) => {
        return { bmp, since, reason };
      }),
    }),
    "quarantine.add": (request) => {
      if (request.reason.trim() === "") {
        throw new OperatorError("a reason is needed, for the next person who looks");
      }
      const { machine, boards } = chosenBoards(services, request);
      operator.quarantineBoards(
        request.machine,
        indicesOf(machine, boards),
        request.reason,
        OPERATOR,
      );
      return { boards: boards.length };
    },
    "quarantine.release": (request) => {
      const { machine, boards } = chosenBoards(services, request);
      const indices = indicesOf(machine, boards);
      const note = request.reason || "by an operator";
      const released = new Set(operator.releaseBoards(request.machine, indices, note, OPERATOR));
      if (released.size === 0) throw new OperatorError(noneQuarantined(machine, boards));
      const others = boards.filter(
        (board) => !released.has(boardIndex(board, machine.description)),
      );
      return {
        boards: released.size,
        notQuarantined: others.map((board) => named(machine, board)),
      };
    },
  };
}

function listedBoards(
  { operator, machine }: QuarantineServices,
  alsoReleased: boolean,
): readonly ListedBoard[] {
  return operator
    .quarantine()
    .filter(({ active, mayBeOn }) => active || mayBeOn || alsoReleased)
    .map((record) => {
      const view = machine(record.machineName);
      if (view === undefined) return { ...record, coordinates: null, position: null };
      return { ...record, ...named(view, boardOfIndex(record.board, view.description)) };
    });
}

function named(machine: MachineView, coordinates: BoardCoordinate): NamedBoard {
  return { coordinates, position: machine.positionOf(coordinates) };
}

function noneQuarantined(machine: MachineView, boards: readonly BoardCoordinate[]): string {
  const [first] = boards;
  if (first === undefined || boards.length > 1) {
    return `none of these ${boards.length} boards of machine ${machine.description.name} is in quarantine`;
  }
  const name = boardName(machine.description.name, first, machine.positionOf(first));
  return `${name} is not in quarantine`;
}

function indicesOf({ description }: MachineView, boards: readonly BoardCoordinate[]): number[] {
  return boards.map((board) => boardIndex(board, description));
}

/** Each board that is meant, once. */
function chosenBoards(
  services: QuarantineServices,
  { machine: name, boards: choices }: BoardChange,
): { readonly machine: MachineView; readonly boards: readonly BoardCoordinate[] } {
  const machine = services.machine(name);
  if (machine === undefined) throw new OperatorError(noMachine(name, services.machines()));
  const boards = new Map(
    choices
      .flatMap((choice) => boardsOf(machine, choice))
      .map((board) => [boardIndex(board, machine.description), board]),
  );
  return { machine, boards: [...boards.values()] };
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
