/** Dead links of which only one end is listed. */
import type { BoardCoordinate } from "../../domain/board.js";
import { followLink, oppositeLink } from "../../domain/links.js";
import type { DeadLink, MachineDescription } from "../../domain/machine.js";
import { LINK_NAMES, tupleText } from "../../domain/names.js";
import { show } from "../fields/formatting.js";

/** A cable that is bad is bad both ways. Links of dead boards are of no account. */
export function deadLinkWarnings(machine: MachineDescription): string[] {
  const listed = new Set(machine.deadLinks.map(String));
  const deadBoards = new Set(machine.deadBoards.map(String));
  return machine.deadLinks.flatMap((link) => {
    const [x, y, z, number] = link;
    const { board } = followLink([x, y, z], number, machine);
    const otherEnd: DeadLink = [...board, oppositeLink(number)];
    if (listed.has(String(otherEnd))) return [];
    if (deadBoards.has(String([x, y, z])) || deadBoards.has(String(board))) return [];
    return [oneEnded(machine.name, [x, y, z], link, board, otherEnd)];
  });
}

function oneEnded(
  machine: string,
  board: BoardCoordinate,
  link: DeadLink,
  otherBoard: BoardCoordinate,
  otherEnd: DeadLink,
): string {
  const end = (of: BoardCoordinate, [, , , number]: DeadLink) =>
    `link ${LINK_NAMES[number]} of board ${tupleText(of)}`;
  return (
    `machine ${show(machine)}: deadLinks has ${tupleText(link)}, the ${end(board, link)}, but not ` +
    `the other end of that cable, the ${end(otherBoard, otherEnd)}; ` +
    `if the cable is bad, add ${tupleText(otherEnd)}`
  );
}
