/**
 * What the server knows of the boards that a request is about: those of the machine that has the name,
 * and those that no machine has any more and that one of the name had last.
 */
import { boardIndex } from "../domain/board.js";
import { framePositionName, positionName, tupleText } from "../domain/names.js";
import { nameText } from "../domain/visible-text.js";
import type { MachineView } from "../engine/contract/api.js";
import type { OperatorApi, QuarantinedBoard } from "../engine/contract/operator-api.js";
import { ChoosableBoards, checkCount } from "./choosable-boards.js";
import type { BoardChoice, BoardsOfMachine, NamedBoard } from "./schemas.js";
import { OperatorError } from "./wire.js";

export interface QuarantineServices {
  readonly operator: OperatorApi;
  readonly machine: (name: string) => MachineView | undefined;
  readonly machines: () => readonly MachineView[];
}

interface ChosenBoards {
  /** Of boards that are or were in quarantine, also of those that the machine had once. */
  readonly records: readonly QuarantinedBoard[];
  /** Boards of the machine that never were. */
  readonly unrecorded: readonly NamedBoard[];
}

/** Each board once. @throws OperatorError for what is not there */
export function chosen(
  { operator, machine: machineOf, machines }: QuarantineServices,
  { machine: name, boards: choices }: BoardsOfMachine,
): ChosenBoards {
  const machine = machineOf(name);
  const choosable = machine && new ChoosableBoards(machine);
  const known = operator.quarantine().filter(({ machineName }) => machineName === name);
  const orphans = new Orphans(known.filter(({ isConfigured }) => !isConfigured));
  const recordOf = new Map(
    known.filter(({ isConfigured }) => isConfigured).map((record) => [record.board, record]),
  );
  const records = new Set<QuarantinedBoard>();
  const unrecorded = new Map<number, NamedBoard>();
  for (const choice of choices) {
    const meant = orphans.meantBy(choice);
    for (const orphan of meant) records.add(orphan);
    if (machine === undefined || choosable === undefined) {
      if (meant.length > 0) continue;
      throw new OperatorError(
        orphans.count === 0
          ? noMachine(name, machines())
          : `there is no machine ${nameText(name)}, and nothing is known of ${choiceName(choice)}: nothing was changed`,
      );
    }
    // What is not on the machine now may have been.
    const boards = meant.length > 0 ? choosable.ifAny(choice) : choosable.of(choice);
    for (const coordinates of boards) {
      const index = boardIndex(coordinates, machine.description);
      const record = recordOf.get(index);
      if (record !== undefined) records.add(record);
      else unrecorded.set(index, { coordinates, position: machine.positionOf(coordinates) });
    }
    checkCount(records.size + unrecorded.size);
  }
  return { records: [...records], unrecorded: [...unrecorded.values()] };
}

/** Boards that no machine has any more, by what they may be called. */
class Orphans {
  private readonly byName = new Map<string, QuarantinedBoard[]>();

  constructor(boards: readonly QuarantinedBoard[]) {
    for (const board of boards) {
      const { coordinates, position } = board;
      if (coordinates !== null) this.add(nameOf({ board: coordinates }), board);
      if (position === null) continue;
      const [cabinet, frame] = position;
      this.add(nameOf({ position }), board);
      this.add(nameOf({ frame: [cabinet, frame] }), board);
    }
    this.count = boards.length;
  }

  readonly count: number;

  meantBy(choice: BoardChoice): readonly QuarantinedBoard[] {
    return this.byName.get(nameOf(choice)) ?? [];
  }

  private add(name: string, board: QuarantinedBoard): void {
    const boards = this.byName.get(name);
    if (boards === undefined) this.byName.set(name, [board]);
    else boards.push(board);
  }
}

function nameOf(choice: BoardChoice): string {
  return Object.entries(choice).join();
}

function choiceName(choice: BoardChoice): string {
  if ("board" in choice) return `a board ${tupleText(choice.board)} of it`;
  if ("position" in choice) return `a board of it at ${positionName(choice.position)}`;
  return `boards of it in ${framePositionName(choice.frame)}`;
}

/** Machines that are named where another was asked for. */
const NAMED_MACHINES = 20;

export function noMachine(name: string, machines: readonly MachineView[]): string {
  const none = `there is no machine ${nameText(name)}`;
  if (machines.length === 0) return `${none}: no machine is configured`;
  const names = machines.slice(0, NAMED_MACHINES).map(({ description }) => description.name);
  const more = machines.length - names.length;
  const all = names.join(", ") + (more > 0 ? ` and ${more} more` : "");
  return `${none}; there ${machines.length === 1 ? "is" : "are"} ${all}`;
}
