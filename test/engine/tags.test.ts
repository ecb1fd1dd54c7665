import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate, live } from "./jobs.js";

const NO_MACHINE = "destroyed: Cancelled: No suitable machines available.";
const hidden = machine("hidden", 1, 1, { tags: [] });

const machineOf = (world: EngineHarness, id: number) =>
  fate(world, id) === "ready" ? live(world, id).placed!.machine.description.name : null;

describe("a machine without tags", () => {
  it("is only given to those who ask for it by name, whatever tags others ask for", () => {
    const open = machine("open", 1, 1, { cabinet: 1, tags: ["default", "big"] });
    const tag = fc.constantFrom("default", "big", "other");
    fc.assert(
      fc.property(fc.option(fc.array(tag, { maxLength: 3 })), fc.boolean(), (tags, isFirst) => {
        const world = new EngineHarness(configuration(isFirst ? [hidden, open] : [open, hidden]));
        const id = create(world, newJob(boards(1), { tags }));
        expect(machineOf(world, id)).toBe(tags?.includes("other") ? null : "open");
      }),
    );
  });

  it("is given to those who name it, though they ask for no tag", () => {
    const world = new EngineHarness(configuration([hidden]));
    expect(fate(world, create(world, newJob(boards(1), { tags: [] })))).toBe(NO_MACHINE);
    expect(fate(world, create(world, newJob(boards(1), { tags: null })))).toBe(NO_MACHINE);
    const named = create(world, newJob(boards(1), { machine: "hidden" }));
    expect(machineOf(world, named)).toBe("hidden");
  });

  it("loses those that wait for it without having named it, when a reload takes its tags", () => {
    const world = new EngineHarness(configuration([machine("m", 1, 1)]));
    create(world, newJob(boards(3)));
    const named = create(world, newJob(boards(3), { machine: "m" }));
    const anywhere = create(world, newJob(boards(3), { tags: [] }));
    world.engine.reconfigure(configuration([machine("m", 1, 1, { tags: [] })]));
    world.settle();
    expect(fate(world, named)).toBe("queued");
    expect(fate(world, anywhere)).toBe(NO_MACHINE);
  });
});
