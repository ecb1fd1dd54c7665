/** The engine refuses to go on when what it believes contradicts itself or what it is told. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InvariantError, invariant } from "../../src/domain/invariant.js";
import type { MachineRecord } from "../../src/engine/contract/records.js";
import { Engine } from "../../src/engine/engine.js";
import { queuePolicyOf } from "../../src/engine/queue/policies.js";
import { EndedJobs } from "../../src/engine/state/ended-jobs.js";
import { Journal } from "../../src/engine/state/journal.js";
import { LiveJob, newPlacement } from "../../src/engine/state/live-job.js";
import { RunningMachine } from "../../src/engine/state/running-machine.js";
import { SimulatedClock } from "../simulation/clock.js";
import { CLIENT, HOST } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, endedJob } from "./jobs.js";

const MACHINE: MachineRecord = { machineId: 1, priority: 0, description: machine("m", 4, 2) };
const FIFO = queuePolicyOf({ queuePolicy: "fifo", maxSecondsOvertaken: 0 });
const BOARD = { x: 1, y: 1, width: 1, height: 1, board: 2, missing: [] } as const;

function job(): LiveJob {
  const { request, ...given } = newJob(boards(1), { machine: null });
  return new LiveJob(
    {
      ...given,
      ...{ jobId: 7, startTimeS: 0, host: HOST, request, tags: [] },
      ...{ placement: null, failedPlacements: 0 },
    },
    0,
    0,
  );
}

/** A journal whose store keeps what it is to call when a change set is durable. */
function heldJournal() {
  const done: (() => void)[] = [];
  const clock = new SimulatedClock();
  const journal = new Journal({
    clock,
    store: { commit: (_, callback) => void done.push(callback) },
    onDurable: () => {},
    onEvents: () => {},
    beforeCommit: () => {},
  });
  return { journal, clock, done };
}

describe("an invariant", () => {
  it("costs no text as long as it holds, and names what is so when it does not", () => {
    invariant(true, () => expect.unreachable());
    expect(() => invariant(false, () => "job 7 flies")).toThrow(new InvariantError("job 7 flies"));
  });
});

describe("what is always so", () => {
  it("a board is given out once, and given back once, whatever the block", () => {
    const size = fc.integer({ min: 1, max: 2 });
    const block = fc.record({ x: fc.nat(3), y: fc.nat(1), width: size, height: size });
    fc.assert(
      fc.property(block, (shape) => {
        const { bitmaps } = new RunningMachine<LiveJob>(MACHINE, FIFO);
        const allocation = { ...shape, board: null, missing: [] };
        bitmaps.occupy(allocation);
        const before = bitmaps.epoch;
        const board = { ...BOARD, x: shape.x, y: shape.y, board: 0 } as const;
        for (const taken of [allocation, board]) {
          expect(() => bitmaps.occupy(taken)).toThrow(/^(a )?board .*\[.*given out but in use/);
        }
        expect(bitmaps.epoch).toBe(before);
        bitmaps.release(allocation);
        expect(() => bitmaps.release(allocation)).toThrow(InvariantError);
        expect(() => bitmaps.release(board)).toThrow(/^board \[.*given back but free already$/);
      }),
    );
  });

  it("a job has boards of one place at a time", () => {
    const live = job();
    expect(() => live.leaveBoards()).toThrow("job 7 gives boards back, but has none");
    live.takeBoards(newPlacement(new RunningMachine<LiveJob>(MACHINE, FIFO), BOARD));
    const another = newPlacement(new RunningMachine<LiveJob>(MACHINE, FIFO), BOARD);
    expect(() => live.takeBoards(another)).toThrow("job 7 gets boards, but has some");
    live.leaveBoards();
    expect(() => live.leaveBoards()).toThrow(InvariantError);
  });

  it("a job ends once", () => {
    const ended = new EndedJobs(heldJournal().journal, 10);
    ended.add(endedJob(7, "finished"));
    expect(() => ended.add(endedJob(7, "finished"))).toThrow("job 7 ends a second time");
  });

  it("change sets become durable in their order, each once", () => {
    const { journal, clock, done } = heldJournal();
    for (const machineName of ["a", "b", "c"]) {
      journal.tell({ kind: "machineAdded", atMs: 0, machine: machineName, machineId: 1 });
      clock.endTurn();
    }
    done[0]!();
    expect(done[0]).toThrow("mark 1 is durable after 1");
    expect(done[2]).toThrow("mark 3 is durable after 1");
    done[1]!();
    expect(journal.durableMark).toBe(2);
  });

  it("an order is finished once, and only if it was given", () => {
    const world = new EngineHarness(configuration([machine("m", 4, 2)]));
    create(world, newJob(boards(1)), { bmps: false });
    const { orderId } = world.bmps.orders[0]!;
    world.settle();
    for (const id of [orderId, 99]) {
      expect(() => world.engine.powerOutcome({ orderId: id, failures: [] })).toThrow(
        `order ${id} is finished, but not under way`,
      );
    }
  });

  it("no job id is given twice, even if the counter of a damaged state says so", () => {
    const world = new EngineHarness(configuration([machine("m", 4, 2)]));
    const id = create(world, newJob(boards(1)));
    const saved = world.store.load();
    const { bmps, clock, search, store } = world;
    const note = () => {};
    const log = { debug: note, info: note, warn: note, error: note };
    const engine = new Engine({ bmp: bmps, clock, search, store, log });
    engine.start({ ...saved, counters: { ...saved.counters, nextJobId: id } }, world.configuration);
    expect(() => engine.createJob(newJob(boards(1)), CLIENT, () => {})).toThrow(
      `job id ${id} is given a second time`,
    );
  });
});
