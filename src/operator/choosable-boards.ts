/** The boards of a machine that a request is about, however it names them. */
import { type BoardCoordinate, boardIndex, isInside } from "../domain/board.js";
import { framePositionName, positionName, tupleText } from "../domain/names.js";
import type { MachineView } from "../engine/contract/api.js";
import { MOST_BOARDS } from "./limits.js";
import type { BoardChoice } from "./schemas.js";
import { OperatorError } from "./wire.js";

export class ChoosableBoards {
  /** By cabinet and frame; made when a frame is asked for. */
  private frames: ReadonlyMap<string, readonly BoardCoordinate[]> | null = null;

  constructor(private readonly machine: MachineView) {}

  /** Those that are meant, each once. @throws OperatorError for one that is not there, or too many */
  all(choices: readonly BoardChoice[]): readonly BoardCoordinate[] {
    const boards = new Map<number, BoardCoordinate>();
    for (const choice of choices) {
      for (const board of this.of(choice)) {
        boards.set(boardIndex(board, this.machine.description), board);
      }
      checkCount(boards.size);
    }
    return [...boards.values()];
  }

  /** @throws OperatorError when the machine has none such */
  of(choice: BoardChoice): readonly BoardCoordinate[] {
    const boards = this.ifAny(choice);
    if (boards.length > 0) return boards;
    const { name, width, height } = this.machine.description;
    if ("board" in choice) {
      throw new OperatorError(
        `board ${tupleText(choice.board)} is not on machine ${name}, which has ` +
          `${width} × ${height} triads of boards 0, 1 and 2`,
      );
    }
    throw new OperatorError(
      "position" in choice
        ? `machine ${name} has no board at ${positionName(choice.position)}`
        : `machine ${name} has no board in ${framePositionName(choice.frame)}`,
    );
  }

  ifAny(choice: BoardChoice): readonly BoardCoordinate[] {
    const { machine } = this;
    if ("board" in choice) return isInside(choice.board, machine.description) ? [choice.board] : [];
    if ("position" in choice) {
      const board = machine.boardAt(choice.position);
      return board === null ? [] : [board];
    }
    this.frames ??= byFrame(machine);
    return this.frames.get(String(choice.frame)) ?? [];
  }
}

function byFrame({ description }: MachineView): ReadonlyMap<string, readonly BoardCoordinate[]> {
  const frames = new Map<string, BoardCoordinate[]>();
  for (const [board, [cabinet, frame]] of description.boardLocations) {
    const key = String([cabinet, frame]);
    const boards = frames.get(key);
    if (boards === undefined) frames.set(key, [board]);
    else boards.push(board);
  }
  return frames;
}

/** So that no request keeps clients waiting. @throws OperatorError */
export function checkCount(boards: number): void {
  if (boards <= MOST_BOARDS) return;
  throw new OperatorError(
    `more than ${MOST_BOARDS} boards are meant, which is too much for one request: ask for some of the frames, then for the others`,
  );
}
