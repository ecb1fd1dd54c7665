/**
 * What the store keeps: plain records, one kind per table. The bitmaps, queues and timers of the
 * engine can all be rebuilt from these.
 */

import type { Allocation } from "../../domain/allocation.js";
import type { BoardCoordinate, BoardPosition } from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";
import type { PlacementRequest } from "../../domain/request.js";
import type { Actor } from "./actors.js";
import type { EndReason } from "./end-reasons.js";

/** A live job. */
export interface JobRecord {
  readonly jobId: number;
  readonly owner: string;
  /** Unix seconds, fractional. */
  readonly startTimeS: number;
  /** Seconds; null for a job that lives until destroyed. */
  readonly keepaliveS: number | null;
  /** Address of the client that last touched the job; null when nobody has. */
  readonly host: string | null;
  readonly request: PlacementRequest;
  /** Machine asked for by name; null to go by tags. */
  readonly machine: string | null;
  /** Tags asked for; empty when a machine is named. */
  readonly tags: readonly string[];
  /** `args` and `kwargs` as the caller gave them, JSON, for list_jobs. */
  readonly argsJson: string;
  readonly kwargsJson: string;
  /** Null while queued. */
  readonly placement: PlacementRecord | null;
  /** Placements that failed before the job was ever ready. */
  readonly failedPlacements: number;
}

/** Where a job runs and what its boards should be doing. */
export interface PlacementRecord {
  readonly machineId: number;
  readonly allocation: Allocation;
  /** The state the boards are in or on their way to: true is on. */
  readonly power: boolean;
  /** Whether the BMPs still have to bring the boards into that state. */
  readonly powerPending: boolean;
  /** Whether the job was ready once: then a failure destroys it, before it is placed elsewhere. */
  readonly everReady: boolean;
}

/** A job that ended and can still be asked for. Versions before schema 3 noted the reason alone. */
export interface EndedJobRecord {
  readonly jobId: number;
  readonly reason: EndReason;
  /** Whether it ended while it waited for boards. */
  readonly wasQueued: boolean;
  /** Null where it is not known. */
  readonly owner: string | null;
  /** The client that last showed interest in it; null when none did, or where it is not known. */
  readonly host: string | null;
  /** Unix seconds, fractional; null where it is not known. */
  readonly startTimeS: number | null;
  /** Unix milliseconds; null where it is not known. */
  readonly endedAtMs: number | null;
  /** Who ended it; null where it is not known. */
  readonly actor: Actor | null;
  /** The boards that it had; null for a job that had none, or where they are not known. */
  readonly boards: EndedJobBoards | null;
  /** Grows from one job that ended to the next. */
  readonly order: number;
}

export interface EndedJobBoards {
  readonly machine: string;
  readonly allocation: Allocation;
}

/** Boards that belong to no job any more and are not allocatable yet. */
export interface CooldownRecord {
  readonly cooldownId: number;
  /** The job whose boards they were; null for boards that the server itself had on. */
  readonly jobId: number | null;
  readonly machineId: number;
  readonly allocation: Allocation;
  /** Unix milliseconds of the end of the power-off; null while the BMPs are at it. */
  readonly poweredOffAtMs: number | null;
}

/**
 * A board that was quarantined, and what became of it; see quarantine.ts. A board is what is bolted in at
 * that BMP and board number, whatever it is called.
 */
export interface QuarantineRecord {
  /**
   * Address of its BMP, as configured. Null where version 3 did not say which board it was, and no
   * configuration has since.
   */
  readonly bmp: string | null;
  /** Its number in its frame; its index where the BMP is not known. */
  readonly number: number;
  /** The machine that has it, or had it last. */
  readonly machineName: string;
  /** What it is or was there: its index (`boardIndex`), … */
  readonly board: number;
  /** … its coordinates and its position; null where they are not known. */
  readonly coordinates: BoardCoordinate | null;
  readonly position: BoardPosition | null;
  /** Why it was quarantined last. */
  readonly reason: string;
  /** When it was quarantined last, Unix milliseconds. */
  readonly sinceMs: number;
  /** False once it was released: the record then is its history. */
  readonly active: boolean;
  /** What is to blame: the board, its BMP that fell silent, or an operator who knows why. */
  readonly cause: QuarantineCause;
  /** It counts as on until a power-off succeeds. */
  readonly mayBeOn: boolean;
  /** How often it was quarantined in all. */
  readonly occurrences: number;
  /** Self-tests passed in a row, and failed, since it was quarantined. */
  readonly testsPassed: number;
  readonly testsFailed: number;
  /** Unix milliseconds of the end of the last self-test; null when there was none yet. */
  readonly testedAtMs: number | null;
  /** Oldest first; of a long one the end. */
  readonly history: readonly QuarantineEvent[];
}

/** What a record of quarantine is known by: see {@link quarantineKey}. */
export type QuarantineKey = readonly [bmp: string, number: number];

/** Of a board whose BMP is not known, its machine and index stand in; no address begins with NUL. */
export function quarantineKey({
  bmp,
  number,
  machineName,
}: Pick<QuarantineRecord, "bmp" | "number" | "machineName">): QuarantineKey {
  return [bmp ?? `\0${machineName}`, number];
}

export type QuarantineCause = "board" | "bmp" | "operator";

export interface QuarantineEvent {
  /** Unix milliseconds. */
  readonly atMs: number;
  readonly kind: "quarantined" | "failed again" | "test passed" | "test failed" | "released";
  /** Why; may be empty. */
  readonly note: string;
}

/** A machine as it was last applied, and those removed whose boards are still being powered off. */
export interface MachineRecord {
  /** Never used for another machine, nor for this one with other boards or addresses. */
  readonly machineId: number;
  /** 0 is the highest priority; null once removed. */
  readonly priority: number | null;
  readonly description: MachineDescription;
}

/** A stored record that cannot be used, damaged or contradicting another. The state goes on without it. */
export interface ExcludedRecord {
  /** By which operators drop it. */
  readonly number: number;
  /** Table and key, as operators are told them. */
  readonly table: string;
  readonly key: string;
  readonly problem: string;
  /** Unix milliseconds. */
  readonly excludedAtMs: number;
}

/** Rows to put and keys to delete, per table; all of it is one transaction. */
export interface ChangeSet {
  readonly jobs: TableChanges<JobRecord>;
  readonly endedJobs: TableChanges<EndedJobRecord>;
  readonly cooldowns: TableChanges<CooldownRecord>;
  readonly quarantine: TableChanges<QuarantineRecord, QuarantineKey>;
  readonly machines: TableChanges<MachineRecord>;
  /** Next ids to give; null when unchanged. */
  readonly counters: Counters | null;
}

export interface TableChanges<Row, Key = number> {
  readonly put: readonly Row[];
  readonly delete: readonly Key[];
}

/** The next id of each kind; all below were given already. */
export interface Counters {
  readonly nextJobId: number;
  readonly nextMachineId: number;
  readonly nextCooldownId: number;
}

/** All that was committed, as read at the start. Job ids ascending in every list. */
export interface SavedState {
  readonly counters: Counters;
  readonly jobs: readonly JobRecord[];
  readonly endedJobs: readonly EndedJobRecord[];
  readonly cooldowns: readonly CooldownRecord[];
  readonly quarantine: readonly QuarantineRecord[];
  readonly machines: readonly MachineRecord[];
}
