/** What clients are shown of boards that are withheld. */
import { describe, expect, it } from "vitest";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import { MachineListText } from "../../src/protocol/answers/lists.js";
import { CLIENT } from "../support/actors.js";
import { releaseBoards } from "../support/release.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create } from "./jobs.js";

const MACHINE = machine("m", 2, 1, { deadBoards: [[1, 0, 1]] });

interface Asked {
  readonly list?: MachineListText;
  readonly awaitsCommit?: boolean;
}

/**
 * What list_machines says is dead, and whether that may be told at once.
 * @param awaitsCommit whether answers to the same client wait for their commits
 */
function listed(
  world: EngineHarness,
  { list = new MachineListText(), awaitsCommit = false }: Asked = {},
) {
  const { line, mark } = list.of(world.engine, { awaitsCommit });
  const [first] = JSON.parse(line).return;
  return { dead: first.dead_boards.map(String), durable: mark <= world.durable };
}

function started(): EngineHarness {
  const world = new EngineHarness(configuration([MACHINE]));
  world.settle();
  world.told.machines = [];
  return world;
}

describe("list_machines", () => {
  it("has boards in quarantine among the dead ones while they are out, and watchers are told", () => {
    const world = started();
    world.engine.operator.quarantineBoards("m", [0, 4], "it smells", OPERATOR);
    world.settle();
    expect(listed(world)).toEqual({ dead: ["0,0,0", "1,0,1"], durable: true });
    expect(world.told.machines).toEqual(["m"]);
    releaseBoards(world.engine.operator, "m", [0], "a new fan");
    world.settle();
    expect(listed(world).dead).toEqual(["1,0,1"]);
    expect(world.told.machines).toEqual(["m", "m"]);
  });

  it("has boards behind silent BMPs and of frames under suspicion among them", () => {
    const world = started();
    world.engine.bmpObservation({ kind: "silent", bmp: "bmp-0-0", reason: "it is silent" });
    world.settle();
    expect(listed(world).dead).toHaveLength(6);
    world.engine.bmpObservation({ kind: "answering", bmp: "bmp-0-0" });
    world.settle();
    expect(listed(world).dead).toEqual(["1,0,1"]);
    world.bmps.refusing.add("0,0");
    create(world, newJob(boards(3)));
    expect(listed(world).dead).toHaveLength(6);
  });

  it("has no board among them that a job still has, until it leaves it", () => {
    const world = started();
    const list = new MachineListText();
    const id = create(world, newJob(boards(3)));
    world.engine.operator.quarantineBoards("m", [0, 3], "it smells", OPERATOR);
    world.settle();
    const held = listed(world, { list }).dead;
    expect(held).toHaveLength(2);
    world.engine.destroy(id, null, CLIENT);
    world.settle();
    expect(listed(world, { list }).dead).toEqual(["0,0,0", "1,0,0", "1,0,1"]);
  });

  it("shows what is on disk, and waits for nothing, whatever the disk does", () => {
    const world = started();
    const list = new MachineListText();
    const before = { dead: ["1,0,1"], durable: true };
    expect(listed(world, { list })).toEqual(before);
    world.engine.operator.quarantineBoards("m", [3], "it smells", OPERATOR);
    world.clock.endTurn();
    expect(listed(world, { list })).toEqual(before);
    world.settle();
    expect(listed(world, { list })).toEqual({ dead: ["1,0,0", "1,0,1"], durable: true });
  });

  it("shows, and waits for, everything so far behind answers that wait for their commits", () => {
    const world = started();
    world.engine.operator.quarantineBoards("m", [3], "it smells", OPERATOR);
    const { dead, durable } = listed(world, { awaitsCommit: true });
    expect({ dead, durable }).toEqual({ dead: ["1,0,0", "1,0,1"], durable: false });
  });

  it("shows the machines of the configuration from the start on", () => {
    const world = new EngineHarness(configuration([MACHINE]));
    expect(listed(world)).toEqual({ dead: ["1,0,1"], durable: true });
  });
});

describe("the reason why a job waits", () => {
  it("is told to whoever asks, as it is at present", () => {
    const world = started();
    const whole = create(world, newJob(boards(6, { maxDeadBoards: 2 })));
    expect(world.engine.whyWaiting(whole)).toBeNull();
    const next = create(world, newJob(boards(1)));
    expect(world.engine.whyWaiting(next)).toEqual([{ machine: "m", code: "noRoom" }]);
    world.engine.operator.quarantineBoards("m", [0, 1, 2, 3, 5], "it smells", OPERATOR);
    world.settle();
    const code = "needsWithheldBoards";
    expect(world.engine.whyWaiting(next)).toEqual([{ machine: "m", code }]);
    const told = world.events.filter(({ kind }) => kind === "jobWaiting");
    expect(told.at(-1)).toMatchObject({ reasons: [{ machine: "m", code }] });
    world.engine.destroy(next, null, CLIENT);
    expect(world.engine.whyWaiting(next)).toBeNull();
  });

  it("is told when its boards failed and there are no others", () => {
    const world = started();
    world.bmps.refusing.add("0,0");
    const id = create(world, newJob(boards(3)));
    const code = "needsWithheldBoards";
    expect(world.engine.whyWaiting(id)).toEqual([{ machine: "m", code }]);
    const kinds = world.events.filter(({ kind }) => /^job(Requeued|Waiting)$/.test(kind));
    expect(kinds.map(({ kind }) => kind)).toEqual(["jobRequeued", "jobWaiting"]);
  });
});
