/** Which job holds a board, against asking every job. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Allocation } from "../../src/domain/allocation.js";
import { holdsBoard } from "../../src/domain/allocation.js";
import { boardCount, boardOfIndex } from "../../src/domain/board.js";
import { FifoPolicy } from "../../src/engine/queue/fifo.js";
import { LiveJob, newPlacement } from "../../src/engine/state/live-job.js";
import { RunningMachine } from "../../src/engine/state/running-machine.js";
import { boards, machine } from "./fixtures.js";

const SIZE = { width: 5, height: 4 };

const block: fc.Arbitrary<Allocation> = fc.record({
  x: fc.nat(SIZE.width - 1),
  y: fc.nat(SIZE.height - 1),
  width: fc.integer({ min: 1, max: SIZE.width }),
  height: fc.integer({ min: 1, max: SIZE.height }),
  board: fc.constant(null),
  missing: fc.constantFrom([], [1]),
});

function waitingJob(jobId: number): LiveJob {
  const nobodys = { owner: "me", keepaliveS: null, host: null, machine: "m", tags: [] };
  const given = { request: boards(3), argsJson: "[3]", kwargsJson: "{}" };
  const fresh = { startTimeS: 0, placement: null, failedPlacements: 0 };
  return new LiveJob({ jobId, ...nobodys, ...given, ...fresh }, 0, 0);
}

describe("the jobs placed on a machine", () => {
  it("are found by any of their boards, around the torus, as long as they hold them", () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), fc.nat(5), (blocks, leaving) => {
        const description = machine("m", SIZE.width, SIZE.height);
        const running = new RunningMachine<LiveJob>(
          { machineId: 1, priority: 0, description },
          new FifoPolicy(),
        );
        const jobs = blocks.map((allocation, at) => {
          const job = waitingJob(at + 1);
          job.takeBoards(newPlacement(running, allocation));
          return job;
        });
        jobs[leaving]?.leaveBoards();
        for (let index = 0; index < boardCount(SIZE); index++) {
          const board = boardOfIndex(index, SIZE);
          const holders = jobs.filter(
            ({ placement }) => placement && holdsBoard(placement.allocation, board, SIZE),
          );
          const found = running.placed.at(board);
          if (holders.length === 0) expect(found).toBe(null);
          else expect(holders).toContain(found);
        }
      }),
    );
  });
});
