/**
 * A live job.
 *
 *   queued   no placement
 *   power    placed, and an order to the BMPs is under way
 *   ready    placed, and the last order is done
 *
 * One order is under way at a time. A power command that comes meanwhile sets `orderAgain`: the
 * order that follows does what the last command said.
 */
import type { Allocation } from "../../domain/allocation.js";
import { invariant } from "../../domain/invariant.js";
import type { MachineDescription } from "../../domain/machine.js";
import type { PlacementRequest } from "../../domain/request.js";
import { requestKey } from "../../domain/request.js";
import type { Actor } from "../contract/actors.js";
import { type CommitMark, JobState, type JobView } from "../contract/api.js";
import type { EventJob } from "../contract/events.js";
import { textBytesOf } from "../contract/job-text.js";
import type { JobRecord } from "../contract/records.js";
import type { RunningMachine } from "./running-machine.js";

/** A running machine, whose jobs are {@link LiveJob}s. */
export type LiveMachine = RunningMachine<LiveJob>;

export interface Placement {
  readonly machine: LiveMachine;
  readonly allocation: Allocation;
  /** What the last power command said. */
  power: boolean;
  /** The order under way; null when the boards are as they should be. */
  orderId: number | null;
  orderAgain: boolean;
  everReady: boolean;
  /**
   * Whether the order under way brings back boards that were unexpectedly off. Such an order is not recorded:
   * after a crash the boards are looked at again, and the others are not reset.
   */
  restoring: boolean;
  /** Whether boards went off, or may have, while an order was under way: they are looked at after it. */
  needsRecheck: boolean;
  /** How often each board, by its index, was brought back. */
  readonly restoreCounts: Map<number, number>;
}

/** Boards as they are given to a job: an order for them is still to be sent. */
export function newPlacement(
  machine: LiveMachine,
  allocation: Allocation,
  { power, everReady } = { power: true, everReady: false },
): Placement {
  return {
    machine,
    allocation,
    power,
    everReady,
    orderId: null,
    orderAgain: false,
    restoring: false,
    needsRecheck: false,
    restoreCounts: new Map(),
  };
}

export class LiveJob {
  readonly jobId: number;
  readonly owner: string;
  readonly request: PlacementRequest;
  readonly requestKey: string;
  readonly machineName: string | null;
  readonly tags: readonly string[];
  failedPlacements: number;
  /** BMPs on whose boards it has failed since the server started. */
  readonly failedOn = new Set<string>();
  /** Why it was last placed again, since the server started. */
  lastFailure: string | null = null;
  /** Clock.elapsed() of its creation; before a restart of the server, less than 0. */
  readonly createdMs: number;
  /** Clock.attendedMs() of the last touch, or of the start of the server after it. */
  lastTouchMs: number;
  /** Whether the answer with its id has left the server: before that, nobody can keep it alive. */
  isCreatorTold = true;
  /** Whether nobody has touched it since the server started; see jobs/keepalive.ts. */
  isInGrace = false;
  /** Set until the first attempt to place the job is over; until then nobody knows of the job. */
  firstAttempt: ((jobId: number, mark: CommitMark) => void) | null = null;
  /** Who created it, until that was told; see jobs/first-attempt.ts. */
  creation: Actor | null = null;
  /** Whether it was told last that it needs withheld boards; see jobs/waiting.ts. */
  isToldToNeedWithheld = false;
  /** Machines in whose queues the job waits, by priority. */
  queuedOn: LiveMachine[] = [];

  private currentPlacement: Placement | null = null;
  private lastHost: string | null;
  private mark: CommitMark = 0;
  private cachedView: JobView | null = null;
  private cachedEventJob: EventJob | null = null;

  constructor(
    private readonly given: JobRecord,
    lastTouchMs: number,
    createdMs: number,
  ) {
    this.jobId = given.jobId;
    this.owner = given.owner;
    this.request = given.request;
    this.requestKey = requestKey(given.request);
    this.machineName = given.machine;
    this.tags = given.tags;
    this.failedPlacements = given.failedPlacements;
    this.lastHost = given.host;
    this.lastTouchMs = lastTouchMs;
    this.createdMs = createdMs;
  }

  /** Null while it is queued. */
  get placement(): Placement | null {
    return this.currentPlacement;
  }

  /** The boards are the job's. */
  takeBoards(placement: Placement): void {
    invariant(this.currentPlacement === null, () => `job ${this.jobId} gets boards, but has some`);
    this.currentPlacement = placement;
    placement.machine.placed.add(this, placement.allocation);
  }

  /** The job has no boards any more. */
  leaveBoards(): void {
    const placement = this.currentPlacement;
    invariant(placement !== null, () => `job ${this.jobId} gives boards back, but has none`);
    placement.machine.placed.remove(this, placement.allocation);
    this.currentPlacement = null;
  }

  /** Unix seconds, fractional. */
  get startTimeS(): number {
    return this.given.startTimeS;
  }

  /** The client that last showed interest in it; null when none did. */
  get host(): string | null {
    return this.lastHost;
  }

  /** The client that created it; after a start, the one that had shown interest last. "" when none did. */
  get creatorHost(): string {
    return this.given.host ?? "";
  }

  /** Bytes that its texts take at most. */
  get textBytes(): number {
    return textBytesOf(this.given);
  }

  /** Seconds; null for ever. */
  get keepaliveS(): number | null {
    return this.given.keepaliveS;
  }

  get state(): JobState {
    if (this.placement === null) return JobState.queued;
    return this.placement.orderId === null ? JobState.ready : JobState.power;
  }

  /** Whether it may run on that machine by name or tags, whatever its size. */
  mayRunOn({ name, tags }: Pick<MachineDescription, "name" | "tags">): boolean {
    if (this.machineName !== null) return name === this.machineName;
    // A machine without tags is for those who ask for it by name: not even asking for none gets it.
    return tags.length > 0 && this.tags.every((tag) => tags.includes(tag));
  }

  leaveQueues(): void {
    for (const machine of this.queuedOn) machine.queue.remove(this);
    this.queuedOn = [];
  }

  /** Renews the keepalive; true when the host is another than last time. */
  touch(nowMs: number, host: string | null): boolean {
    this.lastTouchMs = nowMs;
    this.isInGrace = false;
    if (host === null || this.lastHost === host) return false;
    this.lastHost = host;
    this.cachedView = null;
    this.cachedEventJob = null;
    return true;
  }

  /** What others see changed, and becomes durable with that mark. */
  changed(mark: CommitMark): void {
    this.mark = mark;
    this.cachedView = null;
  }

  get view(): JobView {
    this.cachedView ??= {
      jobId: this.jobId,
      owner: this.owner,
      startTimeS: this.given.startTimeS,
      keepaliveS: this.given.keepaliveS,
      host: this.lastHost,
      state: this.state,
      power: this.placement?.power ?? null,
      argsJson: this.given.argsJson,
      kwargsJson: this.given.kwargsJson,
      placed: this.placement && {
        machine: this.placement.machine.view,
        allocation: this.placement.allocation,
      },
      mark: this.mark,
    };
    return this.cachedView;
  }

  /** What events say about it. */
  get eventJob(): EventJob {
    const { jobId, owner, startTimeS, lastHost: host } = this;
    this.cachedEventJob ??= { jobId, owner, host, startTimeS };
    return this.cachedEventJob;
  }

  record(): JobRecord {
    const { placement } = this;
    return {
      ...this.given,
      host: this.lastHost,
      failedPlacements: this.failedPlacements,
      placement: placement && {
        machineId: placement.machine.machineId,
        allocation: placement.allocation,
        power: placement.power,
        powerPending: placement.orderId !== null && !placement.restoring,
        everReady: placement.everReady,
      },
    };
  }
}
