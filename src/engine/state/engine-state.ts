/** All that the engine knows at a moment; the parts of the engine work on it together. */

import type { Allocation } from "../../domain/allocation.js";
import { boardOfIndex } from "../../domain/board.js";
import { boardName } from "../../domain/names.js";
import type { Log } from "../contract/log.js";
import type {
  BmpPort,
  Clock,
  PowerAction,
  PowerOutcome,
  SearchPort,
  TimerHandle,
} from "../contract/ports.js";
import type { CooldownRecord, Counters, QuarantineRecord } from "../contract/records.js";
import type { Holdings } from "../jobs/holdings.js";
import type { Admission } from "../queue/admission.js";
import type { EndedJobs } from "./ended-jobs.js";
import type { Journal } from "./journal.js";
import type { LiveJob, LiveMachine } from "./live-job.js";
import type { Settings } from "./settings.js";

/** Boards that belong to no job any more and are not allocatable yet. */
export interface Cooldown {
  readonly cooldownId: number;
  /** Null for boards that the server itself had on. */
  readonly jobId: number | null;
  /** That created the job, as long as the server has run since its end. */
  readonly host: string | null;
  readonly machine: LiveMachine;
  readonly allocation: Allocation;
  /** Unix milliseconds of the end of the power-off; null while the BMPs are at it. */
  poweredOffAtMs: number | null;
  /** Clock.elapsed() of the end of the power-off. */
  poweredOffElapsedMs: number;
  /** Ends the cooldown. */
  timer: TimerHandle | null;
}

/** The next self-test or power-off of a board in quarantine. */
interface MaintenanceTask {
  /** Null while the order is under way. */
  readonly timer: TimerHandle | null;
}

/** A frame of which boards failed in a row (boards/suspect-frames.ts). */
interface SuspectFrame {
  /** Unix milliseconds. */
  readonly sinceMs: number;
  /** The last of these failures. */
  readonly reason: string;
  /** The board that is tested for the frame, and whether it had failed before; null while there was none. */
  readonly probe: { readonly key: string; readonly hasFailed: boolean } | null;
}

export interface EngineState {
  readonly clock: Clock;
  readonly search: SearchPort;
  readonly bmp: BmpPort;
  readonly log: Log;
  /** Which waiting jobs may start, before the queue policy has a say. */
  readonly admission: Admission;
  readonly journal: Journal;
  settings: Settings;
  readonly counters: { -readonly [Kind in keyof Counters]: number };
  /** Every job that is not destroyed, by id, in order of creation. */
  readonly jobs: Map<number, LiveJob>;
  /** Those jobs, counted. */
  readonly holdings: Holdings;
  /** Jobs created in this turn; they are queued at its end. */
  newJobs: LiveJob[];
  /** Jobs whose first attempt is under way; nobody but their creator knows of them. */
  readonly firstAttempts: Set<LiveJob>;
  readonly endedJobs: EndedJobs;
  /** Running machines by priority. */
  machines: readonly LiveMachine[];
  /** Every machine, removed ones included, by id. */
  readonly machinesById: Map<number, LiveMachine>;
  readonly cooldowns: Map<number, Cooldown>;
  /** Boards in quarantine, and the history of those that were, by {@link quarantineKey}. */
  readonly quarantine: Map<string, QuarantineRecord>;
  /** What is under way or due for boards in quarantine, by the same key. */
  readonly maintenance: Map<string, MaintenanceTask>;
  /**
   * Keys of records about which it is to be decided what is due, and in how many milliseconds; null to
   * go by the record.
   */
  readonly maintenanceToPlan: Map<string, number | null>;
  /** BMPs that do not answer, as configured, and since when, Unix milliseconds. */
  readonly silentBmps: Map<string, number>;
  /** Orders under way, by id; oldest first. */
  readonly orders: Map<number, OrderUnderWay>;
  /** Whether it is to be decided for all of them, since the machines or times are others. */
  allToPlan: boolean;
  /** BMPs whose frames are under suspicion. */
  readonly suspectBmps: Map<string, SuspectFrame>;
  /** By BMP: numbers of the boards that failed to come up since one of its frame last did, and why. */
  readonly failedInARow: Map<string, Map<number, string>>;
  /** BMPs that more than one running machine knows (boards/shared-frames.ts). */
  sharedBmps: ReadonlySet<string>;
  /** By key of a record: boards that were on without need and were powered off (inputs/found-on.ts). */
  readonly foundOn: Map<string, PowerOffOfFound>;
  /** By the same: boards that are on and are left so, and since when that is right, as it was told. */
  readonly leftOn: Map<string, number>;
  /** Machines of which other boards are withheld than at the end of the last turn. */
  readonly withheldChanged: Set<LiveMachine>;
  /** Units of work in a slice (slices.ts). */
  readonly unitsPerSlice: number;
  /** Whether waiting jobs are in queues: at a start they are put into them by the first configuration. */
  areQueuesFilled: boolean;
  /** Stands for the latest reload that is still looking which queues jobs belong in; null for none. */
  refill: object | null;
  lastOrderId: number;
  /** Whether orders are such that a server that was killed may have sent before. */
  resuming: boolean;
  stopping: boolean;
}

interface PowerOffOfFound {
  readonly isUnderWay: boolean;
  /** Clock.elapsedMs() of its end. */
  readonly offAtMs: number;
}

interface OrderUnderWay {
  readonly jobId: number | null;
  readonly machine: LiveMachine;
  readonly action: PowerAction;
  /** What to do with the outcome. */
  readonly done: (outcome: PowerOutcome) => void;
}

/** Gives out the next id of a kind. It is never given again, since it is committed with its use. */
export function nextId(state: EngineState, kind: keyof Counters): number {
  const { counters, journal } = state;
  const id = counters[kind]++;
  journal.putCounters(counters);
  return id;
}

/** Notes that what others see of a job changed: its record and its view. */
export function jobChanged({ journal }: EngineState, job: LiveJob): void {
  if (job.firstAttempt) return;
  job.changed(journal.turnMark);
  journal.jobs.put(job.jobId, () => job.record());
  journal.wake();
}

export function cooldownRecord({
  cooldownId,
  jobId,
  machine,
  allocation,
  poweredOffAtMs,
}: Cooldown): CooldownRecord {
  return { cooldownId, jobId, machineId: machine.machineId, allocation, poweredOffAtMs };
}

/** The name of a board, by its index, for people. */
export function boardLabel(machine: LiveMachine, board: number): string {
  const coordinates = boardOfIndex(board, machine.description);
  const position = machine.view.positionOf(coordinates);
  return boardName(machine.name, coordinates, position, machine.bmpOf(board));
}
