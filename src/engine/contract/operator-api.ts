/** What an operator may ask of the engine, beside what clients may. */
import type { Actor } from "./actors.js";
import type { QuarantineRecord } from "./records.js";

/** A board that is or was in quarantine. */
export interface QuarantinedBoard extends QuarantineRecord {
  /** False when no machine has it at present: its names are those that it had last. */
  readonly isConfigured: boolean;
}

export interface OperatorApi {
  /** Boards in quarantine, and the history of those that were, as it is on disk: to be told at once. */
  quarantine(): readonly QuarantinedBoard[];
  /**
   * BMPs of machines, also of removed ones whose boards are to be powered off, that do not answer, and since
   * when, Unix milliseconds.
   */
  silentBmps(): ReadonlyMap<string, number>;
  /**
   * BMPs whose frames are under suspicion, because boards of them failed in a row: since when, Unix
   * milliseconds, and the last failure.
   */
  suspectBmps(): ReadonlyMap<string, { readonly sinceMs: number; readonly reason: string }>;
  /**
   * Quarantines boards of a running machine, by their indices, until an operator releases them.
   * Jobs that run on them go on. Boards without BMP, which no job gets, stay as they are.
   */
  quarantineBoards(machine: string, boards: readonly number[], reason: string, actor: Actor): void;
  /** Releases those of the boards that are in quarantine. */
  releaseBoards(boards: readonly QuarantineRecord[], note: string, actor: Actor): void;
  /** Forgets all that is known of those of the boards that no machine has. */
  forgetBoards(boards: readonly QuarantineRecord[], actor: Actor): void;
}

/** A job from before the start that nobody has touched since: it lives longer than by its keepalive. */
export interface GraceJob {
  readonly jobId: number;
  readonly owner: string;
  /** The client that last showed interest in it; null when none did. */
  readonly host: string | null;
  readonly keepaliveS: number;
  /** When it ends unless somebody touches it, Unix milliseconds. */
  readonly endsAtMs: number;
}

export interface GraceApi {
  /** Jobs that have a grace, oldest first. */
  jobsInGrace(): readonly GraceJob[];
  /**
   * Ends the grace of these jobs, null for all: those whose keepalive is over since the start end.
   * Returns the ids of those that had a grace.
   */
  endGrace(jobIds: readonly number[] | null, actor: Actor): readonly number[];
}
