/** Gathers and words what is wrong with a configuration, so that one look shows all of it. */
import { ConfigurationError } from "../error.js";
import { show } from "./formatting.js";

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

  /** A value is not what it must be. */
  addWrong(name: string, given: unknown, expected: string, aside = ""): void {
    this.add(`${name} is ${show(given)}${aside}; it must be ${expected}`);
  }

  /**
   * The result of reading, once nothing was wrong.
   *
   * @throws {ConfigurationError} CONFIGURATION_INVALID with one problem a line, if there are any.
   */
  checked<T>(result: T | undefined): T {
    this.throwIfAny();
    if (result === undefined) throw new Error(`${this.#subject} was not read, for no reason`);
    return result;
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
