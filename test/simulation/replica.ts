/**
 * What somebody knows who has the state of a start and follows the events: the job table, the
 * quarantine and the boards that are in use or cool down.
 */
import type {
  EngineEvent,
  EventBoard,
  EventBoards,
  JobEvent,
} from "../../src/engine/contract/events.js";
import { quarantineKey, type SavedState } from "../../src/engine/contract/records.js";

export interface ReplicaJob {
  readonly jobId: number;
  readonly owner: string;
  readonly host: string | null;
  readonly startTimeS: number;
  readonly boards: EventBoards | null;
  readonly power: boolean | null;
  /** Whether all of its boards are on their way to that power. */
  readonly isPending: boolean;
}

export interface ReplicaBoard {
  readonly active: boolean;
  readonly reason: string | null;
  readonly cause: string | null;
  readonly mayBeOn: boolean;
  readonly testsPassed: number;
  readonly testsFailed: number;
}

export interface ReplicaCooldown {
  readonly machineId: number;
  readonly jobId: number | null;
  readonly isOff: boolean;
}

const UNKNOWN_BOARD: ReplicaBoard = {
  active: false,
  reason: null,
  cause: null,
  mayBeOn: false,
  testsPassed: 0,
  testsFailed: 0,
};

export class Replica {
  readonly jobs = new Map<number, ReplicaJob>();
  /** Reasons of jobs that ended, as JSON. */
  readonly ended = new Map<number, string>();
  /** By BMP and board number, of boards that are or were in quarantine. */
  readonly boards = new Map<string, ReplicaBoard>();
  readonly cooldowns = new Map<number, ReplicaCooldown>();
  readonly silentBmps = new Set<string>();
  readonly suspectBmps = new Set<string>();

  constructor(saved: SavedState) {
    const names = new Map(saved.machines.map((row) => [row.machineId, row.description.name]));
    for (const { placement, ...row } of saved.jobs) {
      const { jobId, owner, host, startTimeS } = row;
      const boards = placement && {
        machineId: placement.machineId,
        machine: names.get(placement.machineId)!,
        allocation: placement.allocation,
      };
      const isPending = placement?.powerPending ?? false;
      const power = placement?.power ?? null;
      this.jobs.set(jobId, { jobId, owner, host, startTimeS, boards, power, isPending });
    }
    for (const row of saved.quarantine) {
      this.boards.set(String(quarantineKey(row)), {
        active: row.active,
        reason: row.reason,
        cause: row.cause,
        mayBeOn: row.mayBeOn,
        testsPassed: row.testsPassed,
        testsFailed: row.testsFailed,
      });
    }
    for (const { cooldownId, machineId, jobId, poweredOffAtMs } of saved.cooldowns) {
      this.cooldowns.set(cooldownId, { machineId, jobId, isOff: poweredOffAtMs !== null });
    }
  }

  follow(events: readonly EngineEvent[]): void {
    for (const event of events) this.one(event);
  }

  private one(event: EngineEvent): void {
    switch (event.kind) {
      case "jobEnded":
        this.jobs.delete(event.job.jobId);
        this.ended.set(event.job.jobId, JSON.stringify(event.reason));
        break;
      case "cooldownStarted": {
        const { cooldownId, jobId, boards } = event;
        this.cooldowns.set(cooldownId, { machineId: boards.machineId, jobId, isOff: false });
        break;
      }
      case "boardsPoweredOff": {
        const cooldown = this.cooldowns.get(event.cooldownId)!;
        this.cooldowns.set(event.cooldownId, { ...cooldown, isOff: true });
        break;
      }
      case "cooldownEnded":
        this.cooldowns.delete(event.cooldownId);
        break;
      case "bmpSilent":
        this.silentBmps.add(event.bmp);
        break;
      case "bmpAnswering":
        this.silentBmps.delete(event.bmp);
        break;
      case "frameSuspected":
        this.suspectBmps.add(event.bmp);
        break;
      case "frameCleared":
        this.suspectBmps.delete(event.bmp);
        break;
      case "boardsMoved": {
        const before = new Map(this.boards);
        for (const { from } of event.moves) this.boards.delete(boardKey(from));
        for (const { from, to } of event.moves) {
          const board = before.get(boardKey(from));
          if (to !== null && board) this.boards.set(boardKey(to), board);
        }
        break;
      }
      default:
        if ("job" in event) this.aboutJob(event);
        else this.aboutBoard(event);
    }
  }

  private aboutJob(event: JobEvent): void {
    const { jobId, owner, host, startTimeS } = event.job;
    const { boards, power, isPending } = { ...this.jobs.get(jobId), ...changeOf(event) };
    this.jobs.set(jobId, {
      ...{ jobId, owner, host, startTimeS },
      boards: boards ?? null,
      power: power ?? null,
      isPending: isPending ?? false,
    });
  }

  private aboutBoard(event: EngineEvent): void {
    if (!("board" in event)) return;
    const key = boardKey(event.board);
    const board = this.boards.get(key) ?? UNKNOWN_BOARD;
    switch (event.kind) {
      case "boardQuarantined": {
        const { reason, cause, again } = event;
        const testsFailed = again ? board.testsFailed : 0;
        this.boards.set(key, {
          ...board,
          active: true,
          reason,
          cause,
          testsPassed: 0,
          testsFailed,
        });
        return;
      }
      case "boardReleased":
        this.boards.set(key, { ...board, active: false });
        return;
      case "boardTested": {
        const { testsPassed, testsFailed, failure } = event;
        const reason = failure ?? board.reason;
        this.boards.set(key, { ...board, testsPassed, testsFailed, reason });
        return;
      }
      case "boardMayBeOn":
        this.boards.set(key, { ...board, mayBeOn: event.mayBeOn });
        return;
      default:
    }
  }
}

function changeOf(event: JobEvent): Partial<ReplicaJob> {
  switch (event.kind) {
    case "jobPlaced":
      return { boards: event.boards };
    case "jobPowerOrdered":
      return { power: event.power, isPending: event.boardCount === null };
    case "jobReady":
      return { power: event.power, isPending: false };
    case "jobRequeued":
      return { boards: null, power: null, isPending: false };
    default:
      return {};
  }
}

function boardKey({ bmp, position, machine: machineName, index }: EventBoard): string {
  const number = position === null ? index : position[2];
  return String(quarantineKey({ bmp, number, machineName }));
}
