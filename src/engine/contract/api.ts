/** What the server (and a simulation) may ask of the engine. Calls are synchronous steps. */

import type { Allocation } from "../../domain/allocation.js";
import type { BoardCoordinate, BoardPosition } from "../../domain/board.js";
import type { ChipCoordinate } from "../../domain/chips.js";
import type { MachineDescription } from "../../domain/machine.js";
import type { PlacementRequest } from "../../domain/request.js";
import type { Actor } from "./actors.js";
import type { EventSubscriber, WaitReason } from "./events.js";
import type { EndedJobRecord } from "./records.js";

export const JobState = { unknown: 0, queued: 1, power: 2, ready: 3, destroyed: 4 } as const;
export type JobState = (typeof JobState)[keyof typeof JobState];

/**
 * A point in the order of commits. An answer that shows the effect of mark m is not sent before
 * {@link EngineApi.durableMark} has reached m. 0 is durable from the start.
 */
export type CommitMark = number;

/** A job to create; checked and complete. */
export interface NewJob {
  readonly owner: string;
  /** Seconds; null for ever. */
  readonly keepaliveS: number | null;
  readonly request: PlacementRequest;
  readonly machine: string | null;
  /** Null: the default tag, unless a machine is named. Empty: any machine that has tags. */
  readonly tags: readonly string[] | null;
  readonly argsJson: string;
  readonly kwargsJson: string;
}

/** Live jobs, and the bytes of their texts (`job-text.ts`): those a host created, and all. */
export interface JobHoldings {
  readonly jobsOfHost: number;
  readonly totalJobs: number;
  readonly bytesOfHost: number;
  readonly totalBytes: number;
}

/** A live job as others see it. A new object whenever anything in it changes. */
export interface JobView {
  readonly jobId: number;
  readonly owner: string;
  readonly startTimeS: number;
  readonly keepaliveS: number | null;
  readonly host: string | null;
  readonly state: JobState;
  /** Null while queued. */
  readonly power: boolean | null;
  readonly argsJson: string;
  readonly kwargsJson: string;
  readonly placed: {
    readonly machine: MachineView;
    readonly allocation: Allocation;
  } | null;
  /** When this view's content becomes durable. */
  readonly mark: CommitMark;
}

/** What clients may ask about a job that ended; its record and its event have the rest. */
export interface EndedJobView extends Pick<EndedJobRecord, "jobId" | "reason" | "wasQueued"> {
  readonly mark: CommitMark;
}

/** A machine of the running configuration. A new object whenever anything in it changes. */
export interface MachineView {
  readonly description: MachineDescription;
  /** Its dead boards, and those that are withheld and that no job has. In the order of their indices. */
  readonly boardsOut: readonly BoardCoordinate[];
  /** Null for a board that has no place. */
  positionOf(board: BoardCoordinate): BoardPosition | null;
  boardAt(position: BoardPosition): BoardCoordinate | null;
  /** Undefined for a board without address (a dead one). */
  addressOf(board: BoardCoordinate): string | undefined;
}

export type WhereIsQuery =
  | { readonly by: "board"; readonly machine: string; readonly board: BoardCoordinate }
  | { readonly by: "position"; readonly machine: string; readonly position: BoardPosition }
  | { readonly by: "chip"; readonly machine: string; readonly chip: ChipCoordinate }
  | { readonly by: "jobChip"; readonly jobId: number; readonly chip: ChipCoordinate };

export interface Whereabouts {
  readonly machine: string;
  readonly board: BoardCoordinate;
  readonly position: BoardPosition;
  readonly chip: ChipCoordinate;
  readonly boardChip: ChipCoordinate;
  readonly jobId: number | null;
  readonly jobChip: ChipCoordinate | null;
}

export interface EngineApi {
  /** Why no job should be created at present, for the client; null when all is well. */
  refusal(): string | null;
  /** What is held for a host, and for all. */
  jobHoldings(host: string): JobHoldings;
  /**
   * Stores a job and tries to place it. `done` comes later, with its id, when the first attempt is
   * over; the answer to the client waits for `mark`.
   */
  createJob(job: NewJob, actor: Actor, done: (jobId: number, mark: CommitMark) => void): void;
  /** Renews the keepalive. Unknown jobs: nothing happens. */
  touch(jobId: number, actor: Actor): void;
  /** A live job, one that is remembered, or undefined. Does not touch. */
  job(jobId: number): JobView | EndedJobView | undefined;
  /** Live jobs, oldest first. */
  jobs(): Iterable<JobView>;
  /** Those that are on disk, as they are there, oldest first: to be told at once. */
  durableJobs(): readonly JobView[];
  /** Orders the boards of a job on or off. A job without boards: nothing happens. Does not touch. */
  power(jobId: number, on: boolean, actor: Actor): void;
  /** Ends a job; `text` is the reason that the actor gives. Unknown job: nothing happens. */
  destroy(jobId: number, text: string | null, actor: Actor): void;
  /**
   * The answer with the id of a new job has left the server: from now on its keepalive counts. Unknown
   * job: nothing happens. For each job this is called, or {@link abandon}.
   */
  creatorTold(jobId: number): void;
  /**
   * Ends a job whose creator cannot be told its id: the connection is gone. Unknown job: nothing
   * happens.
   */
  abandon(jobId: number): void;
  /** Whether that id was given before this server started, if it was given at all. */
  isFromBefore(jobId: number): boolean;
  /**
   * What stands in the way of a waiting job at present, on each machine that may take it. Null for a job
   * that does not wait, or whose first attempt is not over.
   */
  whyWaiting(jobId: number): readonly WaitReason[] | null;
  /** Machines by priority. */
  machines(): readonly MachineView[];
  /** The same as they are on disk: to be told at once. */
  durableMachines(): readonly MachineView[];
  machine(name: string): MachineView | undefined;
  whereIs(query: WhereIsQuery): Whereabouts | null;
  /** The mark of everything done so far; an answer to a mutating command waits for it. */
  currentMark(): CommitMark;
  durableMark(): CommitMark;
  /** Calls back once that mark is durable, before the events of its commit; at once when it is. */
  whenDurable(mark: CommitMark, callback: () => void): void;
  /** Tells the events of each commit once it is durable. Returns what ends the subscription. */
  subscribe(subscriber: EventSubscriber): () => void;
}
