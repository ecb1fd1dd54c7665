/** Gathering what is wrong with a configuration, so that one look shows all of it. */
import { inspect } from "node:util";
import { ConfigurationError } from "./error.js";

/** More problems than this are counted, not listed: one wrong size can misplace a thousand boards. */
const MAX_LISTED = 10;

/** Everything wrong with one part of a configuration, such as `machine "spin"`. */
export class Problems {
  readonly #subject: string;
  readonly #found: string[] = [];

  constructor(subject: string) {
    this.#subject = subject;
  }

  add(problem: string): void {
    this.#found.push(problem);
  }

  /** @throws {ConfigurationError} CONFIGURATION_INVALID with one problem a line, if there are any. */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const lines = this.#found.slice(0, MAX_LISTED).map((text) => `${this.#subject}: ${text}`);
    const more = this.#found.length - lines.length;
    if (more > 0) lines.push(`${this.#subject}: … and ${more} more of this kind`);
    throw new ConfigurationError("CONFIGURATION_INVALID", lines.join("\n"));
  }
}

/** A value of a configuration as a message shows it: on one line, long ones cut short. */
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
