/**
 * Every board is in one place: with one job, in its cooldown, or free. The bitmaps say the same as the jobs
 * and the committed cooldowns, quarantine and descriptions.
 */

import type { Allocation } from "../../../src/domain/allocation.js";
import { boardsOf } from "../../../src/domain/allocation.js";
import { type BoardCoordinate, boardOfIndex } from "../../../src/domain/board.js";
import type { JobView } from "../../../src/engine/contract/api.js";
import type { LiveMachine } from "../../../src/engine/state/live-job.js";
import {
  type BoardSnapshot,
  blankSnapshot,
  refresh,
} from "../../../src/placement/bitmaps/board-snapshot.js";
import { hold } from "../violation.js";
import type { World } from "../world.js";

/** Who has the boards of a machine, by word and bit of its busy planes. */
class Owners {
  readonly busy: Int32Array;
  private readonly names = new Map<string, string>();

  constructor(
    private readonly machine: LiveMachine,
    private readonly snapshot: BoardSnapshot,
  ) {
    this.busy = new Int32Array(snapshot.busy.length);
  }

  give(allocation: Allocation, owner: string): void {
    for (const board of boardsOf(allocation, this.machine.description)) {
      const [word, bit] = bitOf(board, this.snapshot);
      const other = (this.busy[word]! & bit) !== 0 ? this.names.get(board.join()) : undefined;
      hold(
        other === undefined,
        () => `board ${board.join()} of ${this.machine.name} is given to ${other} and to ${owner}`,
      );
      this.busy[word]! |= bit;
      this.names.set(board.join(), owner);
    }
  }
}

export class Boards {
  private readonly snapshots = new WeakMap<LiveMachine, BoardSnapshot>();
  private checkedAt = "";

  constructor(private readonly world: World) {}

  restarted(): void {
    this.checkedAt = "";
  }

  /** Runs at the end of each turn. */
  check(jobs: readonly JobView[]): void {
    const { engine, store } = this.world;
    const { machinesById } = engine["state"];
    let state = `${store.acceptedMark}`;
    for (const { bitmaps } of machinesById.values()) state += ` ${bitmaps.epoch}`;
    if (state === this.checkedAt) return;
    this.checkedAt = state;
    const { machines } = store.accepted;
    hold(
      machinesById.size === machines.rows.size,
      () => `${machines.rows.size} machines are recorded, there are ${machinesById.size}`,
    );
    for (const machine of machinesById.values()) this.checkMachine(machine, jobs);
  }

  private checkMachine(machine: LiveMachine, jobs: readonly JobView[]): void {
    const snapshot = this.snapshotOf(machine);
    const owners = new Owners(machine, snapshot);
    for (const { jobId, placed } of jobs) {
      if (placed?.machine.description.name === machine.name && !machine.isRemoved)
        owners.give(placed.allocation, `job ${jobId}`);
    }
    const { accepted } = this.world.store;
    for (const { cooldownId, machineId, allocation } of accepted.cooldowns.rows.values()) {
      if (machineId === machine.machineId) owners.give(allocation, `cooldown ${cooldownId}`);
    }
    same(snapshot.busy, owners.busy, `boards of ${machine.name} in use or in cooldown`);
    if (machine.isRemoved) return;
    const dead = new Int32Array(snapshot.dead.length);
    for (const board of machine.description.deadBoards) mark(dead, board, snapshot);
    same(snapshot.dead, dead, `dead boards of ${machine.name}`);
    const withheld = new Int32Array(snapshot.withheld.length);
    const withhold = (board: number) =>
      mark(withheld, boardOfIndex(board, snapshot.grid), snapshot);
    for (const { bmp, number, active, mayBeOn } of accepted.quarantine.rows.values()) {
      const board = bmp === null ? null : machine.boardOf(bmp, number);
      if (board !== null && (active || mayBeOn)) withhold(board);
    }
    const { silentBmps, suspectBmps } = this.world.engine["state"];
    for (const bmp of [...silentBmps.keys(), ...suspectBmps.keys()]) {
      for (const board of machine.boardsOfBmp(bmp)) withhold(board);
    }
    same(snapshot.withheld, withheld, `boards of ${machine.name} withheld`);
  }

  private snapshotOf(machine: LiveMachine): BoardSnapshot {
    const { buffer } = machine.bitmaps;
    let snapshot = this.snapshots.get(machine);
    if (snapshot === undefined) {
      snapshot = blankSnapshot(buffer);
      this.snapshots.set(machine, snapshot);
    }
    refresh(buffer, snapshot);
    return snapshot;
  }
}

function bitOf([x, y, z]: BoardCoordinate, { grid }: BoardSnapshot): [word: number, bit: number] {
  return [z * grid.planeWords + y * grid.wordsPerRow + (x >>> 5), 1 << (x & 31)];
}

function mark(words: Int32Array, board: BoardCoordinate, snapshot: BoardSnapshot): void {
  const [word, bit] = bitOf(board, snapshot);
  words[word]! |= bit;
}

function same(bitmap: Int32Array, expected: Int32Array, what: string): void {
  for (let word = 0; word < expected.length; word++) {
    hold(bitmap[word] === expected[word], () => {
      const lost = bitmap[word]! & ~expected[word]!;
      return `${what}: word ${word} of the bitmap ${lost ? "has a board too many" : "lacks one"}`;
    });
  }
}
