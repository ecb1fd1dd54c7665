/**
 * What happened, told to every subscriber of the engine after its commit, in the order in which it
 * happened. Together the events tell the whole truth: whoever knows the state at a start and follows
 * them knows the job table, the quarantine and the boards in use at every commit.
 *
 * Within one commit only the last of several alike is told: of power commands for one job, of hosts
 * that showed interest in it, and of what one BMP shows of itself.
 */
import type { Allocation } from "../../domain/allocation.js";
import type { BoardCoordinate, BoardPosition } from "../../domain/board.js";
import type { PlacementRequest } from "../../domain/request.js";
import type { Actor } from "./actors.js";
import type { EndReason } from "./end-reasons.js";
import type { QuarantineCause } from "./records.js";
import type { ReloadPlan } from "./reload-plan.js";

export type EngineEvent = JobEvent | CooldownEvent | BoardEvent | BmpEvent | MachineEvent;

/** What every event of a job says about it. */
export interface EventJob {
  readonly jobId: number;
  readonly owner: string;
  /** The client that last showed interest in it; null when none did. */
  readonly host: string | null;
  /** Unix seconds, fractional. */
  readonly startTimeS: number;
}

/** Boards of one machine that are given out, or come back, together. */
export interface EventBoards {
  readonly machineId: number;
  readonly machine: string;
  readonly allocation: Allocation;
}

/** One board, in all the ways in which people and programs name it. */
export interface EventBoard {
  readonly machine: string;
  readonly index: number;
  /** Null where it is not known. */
  readonly coordinates: BoardCoordinate | null;
  /** Null where the configuration gives none. */
  readonly position: BoardPosition | null;
  /** Its BMP as configured; null where the configuration gives none. */
  readonly bmp: string | null;
}

interface AtTime {
  /** Unix milliseconds. */
  readonly atMs: number;
}

interface OfJob extends AtTime {
  readonly job: EventJob;
}

/** Why a job waits: what stands in the way on one of the machines that may take it. */
export interface WaitReason {
  readonly machine: string;
  readonly code: WaitCode;
}

export type WaitCode =
  /** It would fit, but not at present. */
  | "noRoom"
  /** The queue policy has others start before it. */
  | "notEligible"
  /** Its admission holds it. */
  | "held"
  /** Without boards that are withheld the machine could not hold it even when empty. */
  | "needsWithheldBoards"
  /** The machine waits until boards of a removed one are off. */
  | "machineNotReady";

export type JobEvent =
  | (OfJob & {
      readonly kind: "jobCreated";
      readonly actor: Actor;
      readonly request: PlacementRequest;
      /** Seconds; null for ever. */
      readonly keepaliveS: number | null;
      /** Machine asked for by name; null to go by tags. */
      readonly machine: string | null;
      readonly tags: readonly string[];
    })
  /** Its first attempt ended without boards, or whether it needs withheld boards has changed. */
  | (OfJob & { readonly kind: "jobWaiting"; readonly reasons: readonly WaitReason[] })
  | (OfJob & { readonly kind: "jobPlaced"; readonly boards: EventBoards })
  /** Its boards are being powered on or off; some of them, when they are unexpectedly off. */
  | (OfJob & {
      readonly kind: "jobPowerOrdered";
      readonly power: boolean;
      /** How many boards; null for all. */
      readonly boardCount: number | null;
      readonly actor: Actor;
    })
  /** Its boards are as they were last ordered to be. */
  | (OfJob & { readonly kind: "jobReady"; readonly power: boolean })
  /** Its boards failed before it was ever ready: it waits again, for others. */
  | (OfJob & {
      readonly kind: "jobRequeued";
      readonly boards: EventBoards;
      readonly failure: string;
    })
  /** Another client than before showed interest in it: {@link EventJob.host}. */
  | (OfJob & { readonly kind: "jobHostChanged" })
  | (OfJob & {
      readonly kind: "jobEnded";
      readonly reason: EndReason;
      readonly actor: Actor;
      /** The boards that it had; null for a job that had none. */
      readonly boards: EventBoards | null;
    });

export type CooldownEvent =
  /** Boards are being powered off, and cool down after that. */
  | (AtTime & {
      readonly kind: "cooldownStarted";
      readonly cooldownId: number;
      /** The job that had them; null for boards that the server itself had on. */
      readonly jobId: number | null;
      readonly boards: EventBoards;
    })
  /** Their power-off is over. */
  | (AtTime & { readonly kind: "boardsPoweredOff"; readonly cooldownId: number })
  /** The boards are free. */
  | (AtTime & { readonly kind: "cooldownEnded"; readonly cooldownId: number });

/** A record of quarantine that is about the board of another BMP from now on. */
export interface BoardMove {
  /** The board as it was known, … */
  readonly from: EventBoard;
  /** … and as it is; null when the record is forgotten. */
  readonly to: EventBoard | null;
}

interface OfBoard extends AtTime {
  readonly board: EventBoard;
}

export type BoardEvent =
  | (OfBoard & {
      readonly kind: "boardQuarantined";
      readonly reason: string;
      readonly cause: QuarantineCause;
      /** Whether it was in quarantine already. */
      readonly again: boolean;
      readonly actor: Actor;
      /** The job that holds it; null for none. */
      readonly jobId: number | null;
    })
  | (OfBoard & { readonly kind: "boardReleased"; readonly note: string; readonly actor: Actor })
  | (OfBoard & {
      readonly kind: "boardTested";
      /** Null when it passed. */
      readonly failure: string | null;
      /** Self-tests passed in a row, and failed, since it was quarantined. */
      readonly testsPassed: number;
      readonly testsFailed: number;
    })
  /** Whether a board in quarantine, or one that was, may be on. */
  | (OfBoard & { readonly kind: "boardMayBeOn"; readonly mayBeOn: boolean })
  /** Somebody else reset it while it was on for a job; its links are stopped again. */
  | (OfBoard & { readonly kind: "boardReset"; readonly jobId: number; readonly reason: string })
  /**
   * A reload told which boards they are, or gave their frames other BMPs, or an operator had them
   * forgotten; all at once.
   */
  | (AtTime & { readonly kind: "boardsMoved"; readonly moves: readonly BoardMove[] })
  /** It was powered on for a job, and is found off. */
  | (OfBoard & {
      readonly kind: "boardUnexpectedlyOff";
      readonly jobId: number;
      readonly reason: string;
    })
  /** It should be off, and is found on: somebody else powered it on. It is powered off. */
  | (OfBoard & {
      readonly kind: "boardUnexpectedlyOn";
      /** The job that has it, switched off; null for none. */
      readonly jobId: number | null;
      readonly reason: string;
    });

export type BmpEvent =
  /** Boards of its frame failed in a row: all of them are withheld. */
  | (AtTime & { readonly kind: "frameSuspected"; readonly bmp: string; readonly reason: string })
  /** One of them passed a self-test, or an operator released one: they are available again. */
  | (AtTime & { readonly kind: "frameCleared"; readonly bmp: string; readonly sinceMs: number })
  | (AtTime & { readonly kind: "bmpSilent"; readonly bmp: string; readonly reason: string })
  | (AtTime & {
      readonly kind: "bmpAnswering";
      readonly bmp: string;
      readonly silentSinceMs: number;
    });

interface OfMachine extends AtTime {
  readonly machine: string;
  readonly machineId: number;
}

export type MachineEvent =
  | (OfMachine & { readonly kind: "machineAdded" })
  /** Tags, dead boards or dead links. */
  | (OfMachine & { readonly kind: "machineChanged" })
  | (OfMachine & { readonly kind: "machineRemoved" })
  /** Other boards of it are withheld than before; the events of boards and BMPs say which. */
  | (OfMachine & { readonly kind: "machineBoardsWithheld" })
  | (AtTime & {
      readonly kind: "reloadApplied";
      readonly actor: Actor;
      /** What it changed. */
      readonly plan: ReloadPlan;
    });

/** Called with the events of one commit; the array and what is in it do not change afterwards. */
export type EventSubscriber = (events: readonly EngineEvent[]) => void;
