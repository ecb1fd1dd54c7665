/** The operator's commands about quarantine; docs/operating/quarantine.md documents them. */

import { type BoardCoordinate, boardIndex } from "../domain/board.js";
import { boardName } from "../domain/names.js";
import { OPERATOR } from "../engine/contract/actors.js";
import type { MachineView } from "../engine/contract/api.js";
import type { QuarantinedBoard } from "../engine/contract/operator-api.js";
import { ChoosableBoards } from "./choosable-boards.js";
import { chosen, noMachine, type QuarantineServices } from "./chosen-boards.js";
import type { OperatorCommands } from "./dispatch.js";
import type { BmpFrame, BoardsOfMachine, NamedBoard } from "./schemas.js";
import { OperatorError } from "./wire.js";

export function quarantineCommands(
  services: QuarantineServices,
): Pick<OperatorCommands, Extract<keyof OperatorCommands, `quarantine.${string}`>> {
  const { operator } = services;
  return {
    "quarantine.list": ({ released }) => {
      const framesOf = framesByBmp(services.machines());
      return {
        boards: operator.quarantine().filter((each) => each.active || each.mayBeOn || released),
        silentBmps: [...operator.silentBmps()].map(([bmp, since]) => {
          return { bmp, frames: framesOf(bmp), since };
        }),
        suspectBmps: [...operator.suspectBmps()].map(([bmp, { sinceMs: since, reason }]) => {
          return { bmp, frames: framesOf(bmp), since, reason };
        }),
      };
    },
    "quarantine.add": (request) => {
      if (request.reason.trim() === "") {
        throw new OperatorError("a reason is needed, for the next person who looks");
      }
      const machine = services.machine(request.machine);
      if (machine === undefined) {
        throw new OperatorError(noMachine(request.machine, services.machines()));
      }
      const boards = new ChoosableBoards(machine).all(request.boards);
      checkHaveBmps(machine, boards);
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
          `${name} is configured, and what is known of it is kept; release it if it works again`,
        );
      }
      operator.forgetBoards(records, OPERATOR);
      return { boards: records.length };
    },
  };
}

/** The frames of each BMP: one, and none when its machine is removed. */
function framesByBmp(machines: Iterable<MachineView>): (bmp: string) => readonly BmpFrame[] {
  const frames = new Map<string, BmpFrame[]>();
  for (const { description } of machines) {
    for (const [position, bmp] of description.bmpIps) {
      const frame: BmpFrame = { machine: description.name, position };
      const others = frames.get(bmp);
      if (others === undefined) frames.set(bmp, [frame]);
      else others.push(frame);
    }
  }
  return (bmp) => frames.get(bmp) ?? [];
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

/** A board is known by its BMP: without one, nothing can be kept about it. */
function checkHaveBmps(machine: MachineView, boards: readonly BoardCoordinate[]): void {
  const { name, bmpIps } = machine.description;
  const withBmp = new Set(bmpIps.map(([[cabinet, frame]]) => `${cabinet}/${frame}`));
  for (const board of boards) {
    const position = machine.positionOf(board);
    if (position !== null && withBmp.has(`${position[0]}/${position[1]}`)) continue;
    const lacks = position === null ? "position" : "BMP";
    throw new OperatorError(
      `${boardName(name, board, position)} has no ${lacks} in the configuration: no job gets it anyway`,
    );
  }
}
