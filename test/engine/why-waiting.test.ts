import { describe, expect, it } from "vitest";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import { CLIENT } from "../support/actors.js";
import { releaseBoards } from "../support/release.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create } from "./jobs.js";

/** What was said about each job that waits: its id, and machine and code of each reason. */
function told({ events }: EngineHarness): readonly (readonly [number, ...string[]])[] {
  return events.flatMap((event) =>
    event.kind === "jobWaiting"
      ? [
          [
            event.job.jobId,
            ...event.reasons.map((reason) => `${reason.machine}: ${reason.code}`),
          ] as const,
        ]
      : [],
  );
}

describe("why a job waits", () => {
  it("is told once its first attempt is over: there is no room, or others come first", () => {
    const one = configuration([machine("m", 2, 1)], { queuePolicy: "fifo" });
    const world = new EngineHarness(one);
    create(world, newJob(boards(6)));
    const second = create(world, newJob(boards(6)));
    const third = create(world, newJob(boards(3)));
    expect(told(world)).toEqual([
      [second, "m: noRoom"],
      [third, "m: notEligible"],
    ]);
  });

  it("is told for each machine that may take it", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1), machine("n", 1, 1)]));
    create(world, newJob(boards(3)));
    create(world, newJob(boards(3)));
    const third = create(world, newJob(boards(3)));
    expect(told(world)).toEqual([[third, "m: noRoom", "n: noRoom"]]);
  });

  it("is told again when it comes to need withheld boards, and when these are back", () => {
    const world = new EngineHarness(configuration([machine("m", 2, 1)]));
    create(world, newJob(boards(6)));
    const waiting = create(world, newJob(boards(6, { maxDeadBoards: 0 })));
    world.engine.operator.quarantineBoards("m", [0], "it smells", OPERATOR);
    world.settle();
    releaseBoards(world.engine.operator, "m", [0], "a new fan");
    world.settle();
    expect(told(world)).toEqual([
      [waiting, "m: noRoom"],
      [waiting, "m: needsWithheldBoards"],
      [waiting, expect.stringMatching(/^m: (noRoom|notEligible)$/)],
    ]);
  });

  it("is told no more once the job ended, whatever the search finds that was under way", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1), machine("n", 1, 1)]));
    create(world, newJob(boards(3)));
    create(world, newJob(boards(3)));
    const third = create(world, newJob(boards(3, { maxDeadBoards: 0 })));
    const quarantine = (board: number) => {
      for (const name of ["m", "n"]) {
        world.engine.operator.quarantineBoards(name, [board], "it smells", OPERATOR);
      }
    };
    quarantine(0);
    world.settle();
    quarantine(1);
    world.clock.endTurn();
    expect(world.searched.at(-1), "the third is searched for").toEqual([third]);
    world.engine.destroy(third, null, CLIENT);
    world.settle();
    const events = world.events.filter((event) => "job" in event && event.job.jobId === third);
    expect(events.at(-1)?.kind).toBe("jobEnded");
  });
});
