/**
 * Which job of a machine holds a board. A job is listed with every row of triads that its block
 * covers, so that few jobs are looked at for a board and placing one costs no work per board.
 */

import type { Allocation } from "../../domain/allocation.js";
import { holdsBoard } from "../../domain/allocation.js";
import type { BoardCoordinate, Size } from "../../domain/board.js";

export class PlacedJobs<Job> {
  /** By y. */
  private readonly rows: readonly Map<Job, Allocation>[];
  /** Another number whenever a job gets boards or leaves them. */
  version = 0;

  constructor(private readonly machine: Size) {
    this.rows = Array.from({ length: machine.height }, () => new Map());
  }

  add(job: Job, allocation: Allocation): void {
    this.version += 1;
    for (const row of this.rowsOf(allocation)) row.set(job, allocation);
  }

  remove(job: Job, allocation: Allocation): void {
    this.version += 1;
    for (const row of this.rowsOf(allocation)) row.delete(job);
  }

  /** The job that holds the board, or null. */
  at(board: BoardCoordinate): Job | null {
    for (const [job, allocation] of this.rows[board[1]] ?? []) {
      if (holdsBoard(allocation, board, this.machine)) return job;
    }
    return null;
  }

  private *rowsOf({ y, height }: Allocation): Iterable<Map<Job, Allocation>> {
    for (let dy = 0; dy < height; dy++) yield this.rows[(y + dy) % this.machine.height]!;
  }
}
