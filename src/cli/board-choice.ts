/** How boards are named on the command line. */
import { InvalidArgumentError } from "commander";
import type { BoardChoice } from "../operator/index.js";
import { MOST_CHOICES } from "../operator/limits.js";

/**
 * "3,1,2" are the coordinates of a board, "0/3/7" is the position of one (cabinet, frame, board),
 * "0/3" a whole frame.
 */
export function parseBoard(text: string, previous: readonly BoardChoice[] = []): BoardChoice[] {
  if (previous.length === MOST_CHOICES) {
    throw new InvalidArgumentError(
      `Give at most ${MOST_CHOICES} boards and frames, and the others after that.`,
    );
  }
  const separator = text.includes("/") ? "/" : ",";
  const parts = text.split(separator);
  const numbers = parts.map(Number);
  const [a = 0, b = 0, c = 0] = numbers;
  const whole = parts.every((part) => /^\d+$/.test(part));
  if (whole && parts.length === 3) {
    return [...previous, separator === "/" ? { position: [a, b, c] } : { board: [a, b, c] }];
  }
  if (whole && parts.length === 2 && separator === "/") return [...previous, { frame: [a, b] }];
  throw new InvalidArgumentError(
    "Give a board as x,y,z, such as 3,1,2, or as cabinet/frame/board, such as 0/3/7; " +
      "give a frame as cabinet/frame, such as 0/3.",
  );
}
