/** What `where_is` says of boards waits for no more than what it shows. */
import { beforeEach, describe, expect, it } from "vitest";
import { whereIs } from "../../src/protocol/commands/where-is.js";
import { contextOf } from "../../src/protocol/context.js";
import type { Caller } from "../../src/protocol/requests/command.js";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create } from "./jobs.js";

let world: EngineHarness;
let jobId: number;
let otherId: number;

beforeEach(() => {
  world = new EngineHarness(configuration([machine("m", 2, 1)]));
  jobId = create(world, newJob(boards(1)));
  otherId = create(world, newJob(boards(1)));
});

/** Which job has the board, and whether that may be told at once. */
function asked(x: number, z: number): { jobId: number | null; durable: boolean } {
  const answer = whereIs.call([], { machine: "m", x, y: 0, z }, contextOf(world.engine), CALLER);
  const { line, mark } = answer as { line: string; mark: number };
  return { jobId: JSON.parse(line).return.job_id, durable: mark <= world.durable };
}

const CALLER = { actor: CLIENT } as Caller;

/** Takes a job in, and ends the turn; the disk does not take it. */
function unsaved(change: () => void): void {
  change();
  world.clock.endTurn();
  expect(world.engine.currentMark()).toBeGreaterThan(world.durable);
}

describe("where_is, while the disk takes nothing", () => {
  it("says at once that a board is free that is free on disk", () => {
    unsaved(() => world.engine.destroy(otherId, null, CLIENT));
    expect(asked(1, 2)).toEqual({ jobId: null, durable: true });
  });

  it("says at once which job has a board that has not changed", () => {
    unsaved(() => world.engine.destroy(otherId, null, CLIENT));
    const [x, , z] = boardOf(jobId);
    expect(asked(x, z)).toEqual({ jobId, durable: true });
  });

  it("waits to say that a board is free that a job had, until that is on disk", () => {
    const [x, , z] = boardOf(jobId);
    unsaved(() => world.engine.destroy(jobId, null, CLIENT));
    expect(asked(x, z)).toEqual({ jobId: null, durable: false });
    expect(asked(1, 2)).toEqual({ jobId: null, durable: true });
    world.settle();
    expect(asked(x, z)).toEqual({ jobId: null, durable: true });
  });

  it("waits to say anything of a machine that a reload has changed, until that is on disk", () => {
    const changed = machine("m", 2, 1, { deadBoards: [[1, 0, 1]] });
    unsaved(() => world.engine.reconfigure(configuration([changed])));
    expect(asked(1, 2)).toEqual({ jobId: null, durable: false });
  });
});

function boardOf(id: number): readonly [number, number, number] {
  const job = world.engine.job(id);
  if (job === undefined || !("placed" in job) || job.placed === null) throw new Error("no boards");
  const { x, y, board } = job.placed.allocation;
  return [x, y, board ?? 0];
}
