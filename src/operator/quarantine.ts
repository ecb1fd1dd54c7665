/** The operator's commands about quarantine; what they answer is documented in docs/quarantine.md. */

import { boardIndex, boardOfIndex, isInside } from "../domain/board.js";
import type { MachineView } from "../engine/contract/api.js";
import type { OperatorApi } from "../engine/contract/operator-api.js";
import type { QuarantineRecord } from "../engine/contract/records.js";
import {
  type BoardChoice,
  changeArguments,
  type ListArguments,
  listArguments,
} from "./arguments.js";
import type { OperatorCommand } from "./server.js";
import { OperatorError } from "./wire.js";

/** A board that is or was set aside, as programs see it. Times are Unix milliseconds. */
interface ListedBoard extends QuarantineRecord {
  /** x, y, z; null when the machine does not run. */
  readonly coordinate: readonly number[] | null;
  /** Cabinet, frame, board. */
  readonly position: readonly number[] | null;
}

export interface QuarantineList {
  readonly boards: readonly ListedBoard[];
  /** BMPs that do not answer: the boards of their frames are kept back as well. */
  readonly silentBmps: readonly { readonly bmp: string; readonly since: number }[];
}

interface QuarantineServices {
  readonly operator: OperatorApi;
  readonly machine: (name: string) => MachineView | undefined;
}

export function quarantineCommands(
  world: QuarantineServices,
): Readonly<Record<string, OperatorCommand>> {
  return {
    "quarantine.list": (args) => list(world, listArguments(args)),
    "quarantine.add": (args) => {
      const { machine, boards, reason } = changeArguments(args);
      if (reason.trim() === "")
        throw new OperatorError("a reason is needed, for whoever comes next");
      const indices = chosen(world, machine, boards);
      world.operator.quarantineBoards(machine, indices, reason);
      return { boards: indices.length };
    },
    "quarantine.release": (args) => {
      const { machine, boards, reason } = changeArguments(args);
      const indices = chosen(world, machine, boards);
      const released = world.operator.releaseBoards(machine, indices, reason || "by an operator");
      if (released.length === 0) {
        throw new OperatorError(
          indices.length === 1
            ? "that board is not set aside"
            : "none of those boards is set aside",
        );
      }
      return { boards: released.length };
    },
  };
}

function list(
  { operator, machine }: QuarantineServices,
  { released }: ListArguments,
): QuarantineList {
  const boards = operator
    .quarantine()
    .filter(({ active, mayBeOn }) => active || mayBeOn || released)
    .map((record) => {
      const view = machine(record.machineName);
      const coordinate = view ? boardOfIndex(record.board, view.description) : null;
      return {
        ...record,
        coordinate,
        position: coordinate && (view?.positionOf(coordinate) ?? null),
      };
    });
  const silentBmps = [...operator.silentBmps()].map(([bmp, since]) => ({ bmp, since }));
  return { boards, silentBmps };
}

/** Dense indices of the boards that are meant. */
function chosen(
  world: QuarantineServices,
  name: string,
  choices: readonly BoardChoice[],
): readonly number[] {
  const machine = world.machine(name);
  if (machine === undefined) throw new OperatorError(`there is no machine ${name}`);
  return [...new Set(choices.flatMap((choice) => indicesOf(machine, choice)))];
}

function indicesOf(machine: MachineView, choice: BoardChoice): number[] {
  const { description } = machine;
  const { name, width, height, boardLocations } = description;
  if ("board" in choice) {
    if (isInside(choice.board, description)) return [boardIndex(choice.board, description)];
    throw new OperatorError(
      `board ${choice.board.join()} is not on machine ${name} of ${width} × ${height} triads`,
    );
  }
  if ("place" in choice) {
    const board = machine.boardAt(choice.place);
    if (board !== null) return [boardIndex(board, description)];
    throw new OperatorError(`machine ${name} has no board at ${choice.place.join("/")}`);
  }
  const [cabinet, frame] = choice.frame;
  const boards = boardLocations.filter(([, place]) => place[0] === cabinet && place[1] === frame);
  if (boards.length > 0) return boards.map(([board]) => boardIndex(board, description));
  throw new OperatorError(`machine ${name} has no board in frame ${choice.frame.join("/")}`);
}
