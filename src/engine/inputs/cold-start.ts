/**
 * A cold start forgets everything but the ids, and yet leaves no board on: boards of forgotten jobs, in
 * cooldown, powered off just now or that may be on go to machines that count as removed. There they are
 * powered off and cool down, as after a reload that took their machines away, and the configured
 * machines wait for it.
 *
 * Records that contradict each other are no obstacle: no board is taken twice.
 */
import { type Allocation, boardsOf, singleBoard } from "../../domain/allocation.js";
import { type BoardReference, boardCount, boardIndex, boardOfIndex } from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";
import { type PauseTimes, pauseLeftMs } from "../boards/self-tests.js";
import {
  type CooldownRecord,
  type Counters,
  type MachineRecord,
  type QuarantineRecord,
  quarantineKey,
  type SavedState,
} from "../contract/records.js";
import type { Journal } from "../state/journal.js";

export interface ColdStart {
  /** What the server goes on with. */
  readonly kept: SavedState;
  readonly forgotten: Forgotten;
}

/** What a cold start forgets, for the operator. */
interface Forgotten {
  /** All jobs, and those of them that had boards. */
  readonly jobs: number;
  readonly jobsWithBoards: number;
  readonly endedJobs: number;
  /** Boards in quarantine. */
  readonly quarantined: readonly ForgottenBoard[];
  /** How many boards of each machine are powered off, or go on to cool down. */
  readonly powerOffs: ReadonlyMap<string, number>;
  /** Boards that may be on, and that nobody can power off: their machine is not in the state. */
  readonly unreachable: readonly ForgottenBoard[];
}

export interface ForgottenBoard {
  readonly machine: string;
  /** Null when its machine is not in the state. */
  readonly board: BoardReference | null;
  readonly reason: string;
}

export function coldStart(saved: SavedState, pause: PauseTimes): ColdStart {
  const takeover = new Takeover(saved);
  const { jobs, quarantine } = saved;
  const unreachable: ForgottenBoard[] = [];
  // First: boards in their cooldown are not powered off, and these may be in one although they are on.
  for (const record of quarantine) {
    if (record.mayBeOn && !takeover.takeBoard(record, null)) {
      unreachable.push(takeover.named(record));
    }
  }
  for (const cooldown of saved.cooldowns) {
    takeover.take(cooldown.machineId, cooldown.allocation, cooldown);
  }
  for (const { jobId, placement } of jobs) {
    if (placement === null) continue;
    takeover.take(placement.machineId, placement.allocation, { jobId, poweredOffAtMs: null });
  }
  for (const record of quarantine) {
    if (pauseLeftMs(pause, record) > 0) takeover.takeBoard(record, record.testedAtMs);
  }
  return {
    kept: takeover.result(),
    forgotten: {
      jobs: jobs.length,
      jobsWithBoards: jobs.filter(({ placement }) => placement !== null).length,
      endedJobs: saved.endedJobs.length,
      quarantined: quarantine
        .filter(({ active }) => active)
        .map((record) => takeover.named(record)),
      powerOffs: takeover.boardsOfMachines(),
      unreachable,
    },
  };
}

/** A cold start on a state that cannot be read: any board of the configured machines may be on. */
export function coldStartOnUnknown(
  counters: Counters,
  machines: readonly MachineDescription[],
): ColdStart {
  const records = machines.map((description, index) => {
    return { machineId: counters.nextMachineId + index, priority: null, description };
  });
  const takeover = new Takeover({
    counters: { ...counters, nextMachineId: counters.nextMachineId + records.length },
    machines: records,
  });
  for (const { machineId, description } of records) {
    takeover.take(machineId, wholeMachine(description), { jobId: null, poweredOffAtMs: null });
  }
  const forgotten = { jobs: 0, jobsWithBoards: 0, endedJobs: 0, quarantined: [], unreachable: [] };
  return {
    kept: takeover.result(),
    forgotten: { ...forgotten, powerOffs: takeover.boardsOfMachines() },
  };
}

/** Has the records of before replaced by those that are kept. */
export function replaceRecords(journal: Journal, saved: SavedState, kept: SavedState): void {
  for (const { jobId } of saved.jobs) journal.jobs.delete(jobId);
  for (const { jobId } of saved.endedJobs) journal.endedJobs.delete(jobId);
  for (const record of saved.quarantine) journal.quarantine.delete(quarantineKey(record));
  for (const { machineId } of saved.machines) journal.machines.delete(machineId);
  for (const { cooldownId } of saved.cooldowns) journal.cooldowns.delete(cooldownId);
  for (const record of kept.machines) journal.machines.put(record.machineId, () => record);
  for (const record of kept.cooldowns) journal.cooldowns.put(record.cooldownId, () => record);
  journal.wake();
}

type Cooling = Pick<CooldownRecord, "jobId" | "poweredOffAtMs"> & Partial<CooldownRecord>;

/** Collects the boards that are not forgotten. */
class Takeover {
  private readonly machines: ReadonlyMap<number, MachineRecord>;
  /** By machine, the boards in {@link cooldowns}. */
  private readonly taken = new Map<number, Set<number>>();
  private readonly cooldowns: CooldownRecord[] = [];
  private counters: Counters;

  constructor({ counters, machines }: Pick<SavedState, "counters" | "machines">) {
    this.counters = counters;
    this.machines = new Map(machines.map((record) => [record.machineId, record]));
  }

  /** Takes the boards that are not taken yet. */
  take(machineId: number, allocation: Allocation, cooling: Cooling): void {
    const machine = this.machines.get(machineId);
    if (machine === undefined) return;
    const { description } = machine;
    const taken = this.taken.get(machineId) ?? new Set();
    this.taken.set(machineId, taken);
    const boards = boardsOf(allocation, description).map((at) => boardIndex(at, description));
    const isSound =
      boards.every((board) => board < boardCount(description) && !taken.has(board)) &&
      new Set(boards).size === boards.length;
    if (isSound) {
      for (const board of boards) taken.add(board);
      this.cooldowns.push(this.cooldown(machineId, allocation, cooling));
      return;
    }
    const { jobId, poweredOffAtMs } = cooling;
    for (const board of boards) {
      if (board >= boardCount(description) || taken.has(board)) continue;
      taken.add(board);
      const single = singleBoard(boardOfIndex(board, description));
      this.cooldowns.push(this.cooldown(machineId, single, { jobId, poweredOffAtMs }));
    }
  }

  /** Takes a board in quarantine, unless it is taken. False when no machine is known that has it. */
  takeBoard(record: QuarantineRecord, poweredOffAtMs: number | null): boolean {
    const found = this.find(record);
    if (found === null) return false;
    const allocation = singleBoard(boardOfIndex(found.board, found.machine.description));
    this.take(found.machine.machineId, allocation, { jobId: null, poweredOffAtMs });
    return true;
  }

  named(record: QuarantineRecord): ForgottenBoard {
    const { machineName, board: index, coordinates, position, reason } = record;
    if (coordinates !== null) {
      return { machine: machineName, board: { index, coordinates, position }, reason };
    }
    const found = this.find(record);
    if (found === null) return { machine: machineName, board: null, reason };
    const { description } = found.machine;
    const at = boardOfIndex(found.board, description);
    const reference = { index: found.board, coordinates: at, position: null };
    return { machine: description.name, board: reference, reason };
  }

  boardsOfMachines(): ReadonlyMap<string, number> {
    const boards = new Map<string, number>();
    for (const [machineId, { size }] of this.taken) {
      const { name } = this.machines.get(machineId)!.description;
      if (size > 0) boards.set(name, (boards.get(name) ?? 0) + size);
    }
    return boards;
  }

  result(): SavedState {
    const needed = new Set(this.cooldowns.map(({ machineId }) => machineId));
    return {
      counters: this.counters,
      jobs: [],
      endedJobs: [],
      quarantine: [],
      cooldowns: this.cooldowns,
      machines: [...this.machines.values()]
        .filter(({ machineId }) => needed.has(machineId))
        .map((record) => ({ ...record, priority: null })),
    };
  }

  private cooldown(
    machineId: number,
    allocation: Allocation,
    { jobId, poweredOffAtMs, cooldownId }: Cooling,
  ): CooldownRecord {
    const id = cooldownId ?? this.nextCooldownId();
    return { cooldownId: id, jobId, machineId, allocation, poweredOffAtMs };
  }

  private nextCooldownId(): number {
    const id = this.counters.nextCooldownId;
    this.counters = { ...this.counters, nextCooldownId: id + 1 };
    return id;
  }

  /** Where a board can be reached: in a machine that runs, or in the one that was removed last. */
  private find(record: QuarantineRecord): MachineBoardRecord | null {
    const found = [...this.machines.values()].flatMap((machine) => {
      const board = indexOf(record, machine.description);
      return board === null ? [] : [{ machine, board }];
    });
    const [first] = found.sort(
      ({ machine: a }, { machine: b }) =>
        Number(b.priority !== null) - Number(a.priority !== null) || b.machineId - a.machineId,
    );
    return first ?? null;
  }
}

interface MachineBoardRecord {
  readonly machine: MachineRecord;
  readonly board: number;
}

/** The index of a record's board in a machine; null if the machine has not got it. */
function indexOf(
  { bmp, number, machineName, board }: QuarantineRecord,
  machine: MachineDescription,
): number | null {
  if (bmp === null) {
    return machine.name === machineName && board < boardCount(machine) ? board : null;
  }
  const frames = machine.bmpIps.filter(([, address]) => address === bmp).map(([frame]) => frame);
  const found = machine.boardLocations.find(
    ([, [cabinet, frame, other]]) =>
      other === number && frames.some(([c, f]) => c === cabinet && f === frame),
  );
  return found === undefined ? null : boardIndex(found[0], machine);
}

/** All boards that have a position. */
function wholeMachine(machine: MachineDescription): Allocation {
  const { width, height, boardLocations } = machine;
  const positioned = new Set(boardLocations.map(([board]) => boardIndex(board, machine)));
  const missing: number[] = [];
  for (let board = 0; board < boardCount(machine); board++) {
    if (!positioned.has(board)) missing.push(board);
  }
  return { x: 0, y: 0, width, height, board: null, missing };
}
