/** What an operator may ask of the engine, beside what clients may. */
import type { Actor } from "./actors.js";
import type { QuarantineRecord } from "./records.js";

export interface OperatorApi {
  /** Boards in quarantine, and the history of those that were, as it is on disk: to be told at once. */
  quarantine(): readonly QuarantineRecord[];
  /** BMPs that do not answer, as configured, and since when, Unix milliseconds. */
  silentBmps(): ReadonlyMap<string, number>;
  /**
   * Quarantines boards of a running machine, by their indices, until an operator releases them.
   * Jobs that run on them go on.
   */
  quarantineBoards(machine: string, boards: readonly number[], reason: string, actor: Actor): void;
  /** Releases the boards that are in quarantine; returns those that were. */
  releaseBoards(
    machine: string,
    boards: readonly number[],
    note: string,
    actor: Actor,
  ): readonly number[];
}
