/** How boards are named on the command line. */
import { InvalidArgumentError } from "commander";
import type { BoardChoice } from "../operator/index.js";

/** "3,1,2" is a board, "0/3/7" the place of one (cabinet, frame, board), "0/3" a whole frame. */
export function parseBoard(text: string, previous: readonly BoardChoice[] = []): BoardChoice[] {
  const separator = text.includes("/") ? "/" : ",";
  const parts = text.split(separator);
  const numbers = parts.map(Number);
  const [a = 0, b = 0, c = 0] = numbers;
  const whole = parts.every((part) => /^\d+$/.test(part));
  if (whole && parts.length === 3) {
    return [...previous, separator === "/" ? { place: [a, b, c] } : { board: [a, b, c] }];
  }
  if (whole && parts.length === 2 && separator === "/") return [...previous, { frame: [a, b] }];
  throw new InvalidArgumentError(
    "A board is x,y,z such as 3,1,2, or cabinet/frame/board such as 0/3/7; a frame is cabinet/frame.",
  );
}
