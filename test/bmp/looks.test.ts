/** What is read of boards that are up for a job, by a check and in the health round, and what comes of it. */

import { afterEach, describe, expect, it } from "vitest";
import { LINK_BANKS, stopRegister } from "../../src/bmp/wire/fpga.js";
import type { ConfigurationDescription } from "../../src/config/description.js";
import { ALL_LINKS, type Link, Links } from "../../src/domain/links.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import type { EngineEvent } from "../../src/engine/contract/events.js";
import { CLIENT } from "../support/actors.js";
import { EngineBmpHarness } from "./engine-bmp-harness.js";
import { bmpAddress, machineOf, NO_VIOLATIONS } from "./fixtures.js";

const NETWORK = 16;
const BMP = bmpAddress(NETWORK, 0);
const HEALTH_MS = 60;
const WATCHED = { secondsBetweenHealthChecks: HEALTH_MS / 1000 };
/** More than a round of health takes, however busy the machine. */
const ROUNDS_MS = 5 * HEALTH_MS;

/** The cable between boards 0 and 2 of the first triad. */
const INNER = { board: 0, link: Links.north, otherBoard: 2, otherLink: Links.south };

let world: EngineBmpHarness;
let events: EngineEvent[];

async function start(
  configuration: Partial<ConfigurationDescription> = {},
  machine: Partial<MachineDescription> = {},
): Promise<void> {
  const plain = machineOf(NETWORK, { width: 2, height: 1 });
  world = await EngineBmpHarness.start({ ...plain, ...machine }, { configuration });
  events = [];
  world.engine.subscribe((told) => events.push(...told));
}

afterEach(async () => {
  const { violations } = world.simulator.state();
  await world.close();
  expect(violations).toEqual(NO_VIOLATIONS);
});

const board = (number: number) => world.simulator.board(BMP, number);
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const eventsOf = (kind: EngineEvent["kind"]) => events.filter((event) => event.kind === kind);
const deadLink = ({ board: z, link }: typeof INNER) => [[0, 0, z, link]] as const;

async function readyJob(boards: number): Promise<number> {
  const id = await world.create(boards);
  await world.ready(id);
  return id;
}

/** A check commits nothing, so that nothing tells of its end. */
async function ordersDone(): Promise<void> {
  await pause(10);
  while (world.engine.ordersUnderWay > 0) await pause(5);
}

/** Kills the server between two requests: none of it is under way when the next one begins. */
async function killIdle(): Promise<void> {
  while (!world.service.isIdle) await pause(1);
  world.kill();
}

function resetByHand(number: number): void {
  board(number).powerOff(Date.now());
  board(number).powerOn(Date.now());
}

function open(number: number, link: Link): void {
  const { fpga, bank } = LINK_BANKS[link];
  board(number).write(fpga, stopRegister(bank), 0);
}

const isStopped = (number: number, link: Link) => board(number).stoppedLinks.includes(link);

describe("a health round", () => {
  it("stops the links again of a board that was reset by hand, and does not disturb its job", async () => {
    await start(WATCHED);
    const id = await readyJob(1);
    const [index] = world.boardsOf(id);
    const { powerCycles } = board(index!);
    resetByHand(index!);
    while (eventsOf("boardReset").length === 0) await pause(5);
    expect(board(index!).stoppedLinks).toEqual(ALL_LINKS);
    expect(board(index!).powerCycles).toBe(powerCycles + 1);
    expect(world.fate(id)).toBe("ready");
    expect(eventsOf("boardReset")).toMatchObject([
      { jobId: id, board: { index }, reason: expect.stringContaining("links east, north-east") },
    ]);
    const said = world.log.lines.filter((line) => line.includes("was reset"));
    expect(said).toEqual([
      expect.stringMatching(/^warn job 1: board \[0, 0, 0\] of machine m16 \(/),
    ]);
    await pause(ROUNDS_MS);
    expect(eventsOf("boardReset"), "told once").toHaveLength(1);
  });

  it("stops a single link again, also a dead one between boards of the job", async () => {
    await start(WATCHED, { deadLinks: deadLink(INNER) });
    await readyJob(6);
    open(INNER.otherBoard, INNER.otherLink);
    while (!isStopped(INNER.otherBoard, INNER.otherLink)) await pause(5);
    while (eventsOf("boardReset").length === 0) await pause(5);
    expect(eventsOf("boardReset")).toMatchObject([
      { board: { index: 2 }, reason: expect.stringContaining("its south link was open") },
    ]);
    expect(world.log.lines.join("\n")).toContain(
      "its south link was open. What was open is stopped again; what the job had on the board is gone",
    );
  });

  it("leaves a job its board that shows a wrong FPGA, tells it once, and gives it to nobody after", async () => {
    await start({ ...WATCHED, secondsBetweenSelfTests: 0.02, selfTestsToRelease: 1 });
    const id = await readyJob(6);
    const { powerCycles } = board(4);
    board(4).showFpgaIds([0, 1, 3]);
    await world.until(() => world.quarantinedBoards.length > 0);
    await pause(ROUNDS_MS);
    expect(world.fate(id)).toBe("ready");
    expect(board(4).powerCycles).toBe(powerCycles);
    expect(world.quarantined).toMatchObject([{ board: 4, cause: "board", occurrences: 1 }]);
    expect(eventsOf("boardQuarantined")).toHaveLength(1);
    expect(world.quarantined[0]?.reason).toContain("FPGA 2 has id 3 instead of 2");
    board(4).heal();
    world.engine.destroy(id, null, CLIENT);
    await world.until(() => world.quarantinedBoards.length === 0);
  });

  it("finds nothing wrong with a job while nobody touches its boards", async () => {
    await start(WATCHED, { deadLinks: deadLink(INNER) });
    const id = await readyJob(6);
    await pause(2 * ROUNDS_MS);
    expect(world.fate(id)).toBe("ready");
    expect(eventsOf("boardReset").concat(eventsOf("boardQuarantined"))).toEqual([]);
  });

  it("lets boards of a job be that it has switched off", async () => {
    await start(WATCHED);
    const id = await readyJob(3);
    world.engine.power(id, false, CLIENT);
    await world.settle();
    await pause(ROUNDS_MS);
    expect(world.powered).toEqual([]);
    expect(world.fate(id)).toBe("ready");
  });
});

describe("a board that is on without need", () => {
  const RARELY_TESTED = { secondsBetweenSelfTests: 600, selfTestsToRelease: 1 };

  it("is powered off again when its job has it switched off, and the job stays as it is", async () => {
    await start(WATCHED);
    const id = await readyJob(3);
    world.engine.power(id, false, CLIENT);
    await world.settle();
    board(1).powerOn(Date.now());
    await foundOnAndOff(1);
    expect(world.fate(id)).toBe("ready");
    expect(eventsOf("boardUnexpectedlyOn")).toMatchObject([{ jobId: id, board: { index: 1 } }]);
    expect(linesWith("is on")).toEqual([
      expect.stringMatching(
        /^warn job 1: board \[0, 0, 1\] of machine m16 \(.*\) is on although the job has its boards switched off: its 1.8 V supply is at 1.8\d V/,
      ),
    ]);
    await pause(ROUNDS_MS);
    expect(linesWith("is on")).toHaveLength(1);
  });

  it("is powered off when no job has it, and is given to nobody before its pause is over", async () => {
    await start({ ...WATCHED, secondsBeforeFree: 0.3 });
    board(4).powerOn(Date.now());
    await foundOnAndOff(4);
    expect(eventsOf("boardUnexpectedlyOn")).toMatchObject([{ jobId: null, board: { index: 4 } }]);
    expect(linesWith("is on although no job has it")).toHaveLength(1);
    await readyJob(6);
    const kinds = events.map(({ kind }) => kind);
    expect(kinds.indexOf("jobPlaced")).toBeGreaterThan(kinds.indexOf("cooldownEnded"));
    expect(eventsOf("cooldownEnded")).toHaveLength(1);
    expect(world.quarantinedBoards).toEqual([]);
  });

  it("goes into quarantine when it is found on again right after its power-off", async () => {
    await start({ ...WATCHED, ...RARELY_TESTED });
    while (!world.quarantinedBoards.includes(4)) {
      if (!board(4).powered) board(4).powerOn(Date.now());
      await pause(5);
    }
    expect(world.quarantined).toMatchObject([{ board: 4, cause: "board", mayBeOn: true }]);
    expect(world.quarantined[0]?.reason).toContain("on again although it was powered off");
    expect(linesWith("is on although no job has it").length).toBeGreaterThan(0);
  });

  it("goes off with its next self-test when it waits for one", async () => {
    await start({ ...WATCHED, ...RARELY_TESTED });
    board(4).showFpgaIds([0, 1, 3]);
    const id = await world.create(6);
    await world.until(() => world.quarantinedBoards.includes(4));
    await world.settle();
    world.engine.destroy(id, null, CLIENT);
    await world.settle();
    board(4).powerOn(Date.now());
    await world.until(() => world.quarantined[0]?.mayBeOn === true);
    expect(linesWith("its next self-test powers it off")).toHaveLength(1);
    expect(board(4).powered).toBe(true);
  });

  it("is left alone, and told once, while an operator has it in quarantine or it is dead", async () => {
    await start(WATCHED, { deadBoards: [[1, 0, 2]] });
    await world.settle();
    world.engine.operator.quarantineBoards("m16", [4], "its cable", OPERATOR);
    for (const number of [4, 5]) board(number).powerOn(Date.now());
    while (linesWith("leaves it as it is").length < 2) await pause(5);
    await pause(ROUNDS_MS);
    expect(world.powered).toEqual([4, 5]);
    expect(linesWith("leaves it as it is").sort()).toEqual([
      expect.stringMatching(/board \[1, 0, 1\] .* is on, and in quarantine by an operator/),
      expect.stringMatching(/board \[1, 0, 2\] .* is on, and dead by the configuration/),
    ]);
  });

  it("may be one whose job wants it on, and was never looked at since the start", async () => {
    await start(WATCHED);
    const id = await readyJob(3);
    await killIdle();
    world.startServer();
    await ordersDone();
    await pause(ROUNDS_MS);
    expect(world.fate(id)).toBe("ready");
    expect(world.powered).toEqual([0, 1, 2]);
    expect(linesWith("is on")).toEqual([]);
  });
});

const linesWith = (text: string) => world.log.lines.filter((line) => line.includes(text));

async function foundOnAndOff(number: number): Promise<void> {
  while (eventsOf("boardUnexpectedlyOn").length === 0) await pause(5);
  while (board(number).powered) await pause(5);
  await world.settle();
}

describe("a link declared dead under a running job", () => {
  it("stays open until the boards are powered on next, whatever is looked at, also over a restart", async () => {
    await start(WATCHED);
    const id = await readyJob(6);
    const before = board(0).powerCycles;
    const changed = { ...world.machine, deadLinks: deadLink(INNER) };
    const configuration = { ...world.configuration, machines: [changed] };
    const { keptLinks } = world.engine.reconfigure(configuration);
    expect(keptLinks).toMatchObject([{ machine: "m16", jobId: id, isDead: true }]);
    await pause(ROUNDS_MS);
    await killIdle();
    world.startServer();
    await ordersDone();
    await pause(ROUNDS_MS);
    expect([world.fate(id), board(0).powerCycles]).toEqual(["ready", before]);
    expect(isStopped(INNER.board, INNER.link)).toBe(false);
    world.engine.reconfigure(configuration);
    world.engine.power(id, true, CLIENT);
    await world.settle();
    expect(isStopped(INNER.board, INNER.link)).toBe(true);
    expect(isStopped(INNER.otherBoard, INNER.otherLink)).toBe(true);
  });

  it("and one that is dead no more stays stopped as long", async () => {
    await start({}, { deadLinks: deadLink(INNER) });
    const id = await readyJob(6);
    const changed = { ...world.machine, deadLinks: [] };
    const configuration = { ...world.configuration, machines: [changed] };
    const { keptLinks } = world.engine.reconfigure(configuration);
    expect(keptLinks).toMatchObject([{ jobId: id, isDead: false }]);
    expect(isStopped(INNER.board, INNER.link)).toBe(true);
    world.engine.power(id, true, CLIENT);
    await world.settle();
    expect(isStopped(INNER.board, INNER.link)).toBe(false);
  });
});

describe("a check at the start", () => {
  it("brings back a board whose links are open, with its dead links", async () => {
    await start({}, { deadLinks: deadLink(INNER) });
    const id = await readyJob(3);
    world.kill();
    resetByHand(2);
    world.startServer();
    await world.until(() => world.fate(id) === "power");
    await world.ready(id);
    expect(isStopped(INNER.otherBoard, INNER.otherLink)).toBe(true);
  });
});

describe("a board with bitfiles of its own", () => {
  const ODD = [[0, 0, 1] as const, [3, 3, 3] as const] as const;

  it("serves jobs when the configuration gives its ids", async () => {
    await start(WATCHED, { fpgaIds: [ODD] });
    const id = await readyJob(6);
    await pause(ROUNDS_MS);
    expect(world.fate(id)).toBe("ready");
    expect(board(1).powerCycles).toBe(1);
    expect(world.engine.operator.quarantine()).toEqual([]);
  });

  it("still does after a restart, and the ids are no change of the configuration then", async () => {
    await start({}, { fpgaIds: [ODD] });
    const id = await readyJob(6);
    await killIdle();
    world.startServer();
    const { changed } = world.engine.planReload(world.configuration);
    expect(changed).toEqual([]);
    await ordersDone();
    expect([world.fate(id), board(1).powerCycles]).toEqual(["ready", 1]);
  });

  it("goes into quarantine without them, and passes its self-test once a reload gives them", async () => {
    await start({ secondsBetweenSelfTests: 0.05, selfTestsToRelease: 1 });
    board(1).showFpgaIds([3, 3, 3]);
    const id = await world.create(6);
    await world.until(() => world.quarantinedBoards.includes(1));
    expect(world.quarantined[0]?.reason).toContain("FPGA 0 has id 3 instead of 0");
    const machines = [{ ...world.machine, fpgaIds: [ODD] }];
    const { changed } = world.engine.reconfigure({
      ...world.configuration,
      ...TESTED_SOON,
      machines,
    });
    expect(changed).toMatchObject([{ changes: { fpgaIds: [{ from: null, to: [3, 3, 3] }] } }]);
    await world.ready(id);
  });

  it("fails with the usual ids where others are configured", async () => {
    await start({}, { fpgaIds: [ODD] });
    board(1).showFpgaIds([0, 1, 2]);
    await world.create(6);
    await world.until(() => world.quarantinedBoards.includes(1));
    expect(world.quarantined[0]?.reason).toContain(
      "FPGA 0 has id 0 instead of 3, its id by fpgaIds of the configuration (its flag register reads 0x5a5a5a50)",
    );
  });
});

const TESTED_SOON = { secondsBetweenSelfTests: 0.02, selfTestsToRelease: 1 };
