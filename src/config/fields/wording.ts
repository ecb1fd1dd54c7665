/** How messages write values, boards and numbers of things. */
import { inspect } from "node:util";
import type { BoardPosition } from "../../domain/board.js";
import type { FramePosition } from "../../domain/machine.js";

/** A value of a configuration: on one line, long ones cut short. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return inspect(value, {
    depth: 2,
    breakLength: Number.POSITIVE_INFINITY,
    compact: true,
    maxArrayLength: 6,
    maxStringLength: 60,
  });
}

/** `[0, 1, 2]`, however long. */
export function showTuple(tuple: readonly number[]): string {
  return `[${tuple.join(", ")}]`;
}

export function showFrame([cabinet, frame]: FramePosition): string {
  return `cabinet ${cabinet}, frame ${frame}`;
}

export function showPosition([cabinet, frame, board]: BoardPosition): string {
  return `${showFrame([cabinet, frame])}, board ${board}`;
}

/** `1 board`, `2 boards`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
