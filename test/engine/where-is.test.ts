import { describe, expect, it } from "vitest";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, live } from "./jobs.js";

describe("where_is", () => {
  it("agrees by board, position, chip and chip of a job", () => {
    const world = new EngineHarness(configuration([machine("m", 3, 2)]));
    const id = create(world, newJob(boards(4, { size: { kind: "triads", width: 2, height: 1 } })));
    const { x, y } = live(world, id).placed!.allocation;
    const board = [(x + 1) % 3, y, 2] as const;
    const found = world.engine.whereIs({ by: "board", machine: "m", board })!;
    expect(found).toMatchObject({ machine: "m", board, jobId: id, boardChip: [0, 0] });
    expect(found.jobChip).toEqual([16, 8]);
    const { position, chip } = found;
    expect(world.engine.whereIs({ by: "position", machine: "m", position: position })).toEqual(
      found,
    );
    expect(world.engine.whereIs({ by: "chip", machine: "m", chip })).toEqual(found);
    expect(world.engine.whereIs({ by: "jobChip", jobId: id, chip: [16, 8] })).toEqual(found);
    expect(world.engine.whereIs({ by: "jobChip", jobId: id, chip: [0, 12] })).toBeNull();
    expect(world.engine.whereIs({ by: "board", machine: "m", board: [3, 0, 0] })).toBeNull();
  });
});
