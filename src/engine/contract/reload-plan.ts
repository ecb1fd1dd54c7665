/**
 * What a reload does at once, as plain data that survives JSON: it can be shown before anything is
 * done. What time brings later is not in it: boards that are powered off come free when their cooldown
 * is over, jobs that stay in a queue may start, or turn out to fit nowhere, once they are searched for.
 */
import type { ConfigurationDescription } from "../../config/description.js";
import type { BoardCoordinate, BoardPosition, BoardReference, Size } from "../../domain/board.js";
import type { Link } from "../../domain/links.js";
import type { FpgaIds, FramePosition } from "../../domain/machine.js";

/** Machines are matched by name. Those in no list stay as they are. */
export interface ReloadPlan {
  readonly settings: readonly SettingChange[];
  readonly added: readonly AddedMachine[];
  /** Changed in place: their jobs go on. */
  readonly changed: readonly ChangedMachine[];
  /** Removed and added anew, with other boards or addresses under the same name: their jobs end. */
  readonly replaced: readonly ReplacedMachine[];
  readonly removed: readonly LeavingMachine[];
  /** Of machines that stay, changed or not. */
  readonly priorities: readonly PriorityChange[];
  /** In the order in which they end. */
  readonly endedJobs: readonly EndingJob[];
  readonly quarantine: readonly QuarantineChange[];
  /** Boards that may be on and that no machine has any more: they are powered off. */
  readonly powerOffs: readonly UnconfiguredBoard[];
  /** Boards of machines that leave which the server powered off just now: they cool down first. */
  readonly cooldowns: readonly UnconfiguredBoard[];
  readonly waits: readonly MachineWait[];
  readonly keptLinks: readonly KeptLink[];
}

/** The fields of a configuration that are the engine's, beside the machines. */
export const SETTINGS = [
  "timeoutCheckInterval",
  "secondsOfGraceAfterStart",
  "maxRetiredJobs",
  "queuePolicy",
  "maxSecondsOvertaken",
  "maxPlacementAttempts",
  "secondsBeforeFree",
  "secondsToSettle",
  "secondsBeforeRetry",
  "secondsToPowerOn",
  "secondsToReply",
  "secondsBetweenHealthChecks",
  "secondsBetweenSelfTests",
  "selfTestsToRelease",
] as const satisfies readonly (keyof ConfigurationDescription)[];

export type Setting = (typeof SETTINGS)[number];

/** In the units of a configuration. */
export interface SettingChange {
  readonly field: Setting;
  readonly from: number | string;
  readonly to: number | string;
}

export interface AddedMachine extends Size {
  readonly name: string;
  /** 0 is the highest. */
  readonly priority: number;
}

export interface ChangedMachine {
  readonly name: string;
  readonly changes: MachineChanges;
}

/** A machine that leaves the configuration, or does so with the boards or addresses that it had. */
export interface LeavingMachine {
  readonly name: string;
  readonly machineId: number;
  /** Whether it is forgotten at once, since nothing is under way for its boards. */
  readonly isForgotten: boolean;
}

export interface ReplacedMachine extends LeavingMachine {
  /** The first few of each kind. */
  readonly reasons: readonly ReplacementReason[];
  /** How many are not listed. */
  readonly moreReasons: number;
}

export interface PriorityChange {
  readonly machine: string;
  readonly from: number;
  readonly to: number;
}

export interface Difference<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
}

/** Positions, addresses and BMPs may change in place only where no live board is concerned. */
export interface MachineChanges {
  readonly tags: Difference<string>;
  readonly deadBoards: Difference<BoardReference>;
  readonly deadLinks: Difference<LinkReference>;
  readonly positions: readonly BoardChange<BoardPosition>[];
  readonly addresses: readonly BoardChange<string>[];
  readonly bmps: readonly FrameChange[];
  /** Null for the usual ones. */
  readonly fpgaIds: readonly BoardChange<FpgaIds>[];
}

export interface LinkReference {
  readonly board: BoardReference;
  readonly link: Link;
}

export interface BoardChange<Value> {
  readonly board: BoardReference;
  readonly from: Value | null;
  /** Null when it has none any more, since another board has it, or by choice. */
  readonly to: Value | null;
}

export interface FrameChange {
  readonly frame: FramePosition;
  readonly from: string | null;
  readonly to: string;
}

/** Why a machine cannot be changed in place. */
export type ReplacementReason =
  | { readonly kind: "size"; readonly from: Size; readonly to: Size }
  | ({ readonly kind: "position" } & Conflict<BoardPosition>)
  | ({ readonly kind: "address" } & Conflict<string>)
  | ({ readonly kind: "bmp" } & FrameChange);

/** A live board with another position or address than it had, or with one that another had. */
export interface Conflict<Value> {
  readonly board: BoardReference;
  readonly from: Value | null;
  readonly to: Value;
  /** The live board that had it before. */
  readonly takenFrom: BoardReference | null;
}

export interface EndingJob {
  readonly jobId: number;
  readonly owner: string;
  /** What it runs on; of a waiting job what it asks for, null when it goes by tags. */
  readonly machine: string | null;
  /** The machine is removed or replaced, or there is none any more that may hold the waiting job. */
  readonly reason: "machineRemoved" | "noSuitableMachine";
}

/** What a board is called. */
export interface NamedBoard {
  readonly machine: string;
  readonly index: number;
  /** Null where it is not known. */
  readonly coordinates: BoardCoordinate | null;
  /** Null where none is configured, or it is not known. */
  readonly position: BoardPosition | null;
}

/** A board that is or was in quarantine and has another name, leaves the configuration, or comes back. */
export interface QuarantineChange {
  /** Its BMP, and its number in the frame; null and its index where that was not known. */
  readonly bmp: string | null;
  readonly number: number;
  /** By which it is known from now on; others only when its frame has another BMP, or it was not known. */
  readonly newBmp: string | null;
  readonly newNumber: number;
  /** As it was last called. */
  readonly from: NamedBoard;
  /** Null when no machine has it any more: its record stays. */
  readonly to: NamedBoard | null;
  /** Whether the board is quarantined; otherwise the record is the history of one that was. */
  readonly active: boolean;
  readonly mayBeOn: boolean;
}

export interface UnconfiguredBoard {
  readonly machine: string;
  /** Of the machine that leaves. */
  readonly machineId: number;
  readonly board: BoardReference;
}

/** A link between two boards of a job, which keeps it as it is until its boards are powered on next. */
export interface KeptLink {
  readonly machine: string;
  readonly link: LinkReference;
  /** Whether it is dead now; otherwise it is so no longer. */
  readonly isDead: boolean;
  readonly jobId: number;
  readonly owner: string;
}

/** A machine that powers no board until the boards of removed machines are off. */
export interface MachineWait {
  readonly machine: string;
  readonly waitsFor: readonly { readonly name: string; readonly machineId: number }[];
}
