/**
 * Every fault in every step of an order, on real UDP, and what it means for the job and its boards.
 *
 * A machine of two frames, three boards each; a job of three boards comes to the first. "here" means
 * that the job is ready on the boards it was given first, "elsewhere" that it got the other three.
 */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandCode } from "../../src/bmp/wire/commands.js";
import type { FaultEffect, FaultRule } from "../../src/simulator/faults.js";
import { CLIENT } from "../support/actors.js";
import { EngineBmpHarness } from "./engine-bmp-harness.js";
import { bmpAddress, machineOf, NO_VIOLATIONS, refuse } from "./fixtures.js";

const NETWORK = 5;
const BMPS = [bmpAddress(NETWORK, 0), bmpAddress(NETWORK, 1)];
const ALWAYS = Number.POSITIVE_INFINITY;
const PASSING = [0x82, 0x86, 0x8b, 0x8d, 0x8e];
const FINAL = [0x81, 0x83, 0x84, 0x85, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x8f];

/** The boards of frame 0 and 1, by their indices. */
const FRAMES = [
  [0, 1, 2],
  [3, 4, 5],
] as const;

/** Requests of each step. Board 1 is the one with trouble where a step is about one board. */
const STEPS = {
  "power-on": { command: CommandCode.power, on: true },
  check: { command: CommandCode.fpgaRead, board: 1 },
  link: { command: CommandCode.fpgaWrite, board: 1 },
  "power-off": { command: CommandCode.power, on: false },
} as const satisfies Record<string, Omit<FaultRule, "effect">>;
type Step = keyof typeof STEPS;

let world: EngineBmpHarness;
/** The frame that a first job comes to. */
let first: 0 | 1;

beforeEach(async () => {
  const machine = machineOf(NETWORK, { width: 2, height: 1, boardsPerFrame: 3 });
  world = await EngineBmpHarness.start(machine);
});

afterEach(async () => {
  const { overlaps, overflows } = world.simulator.state().violations;
  await world.close();
  expect({ ...NO_VIOLATIONS, overlaps, overflows }).toEqual(NO_VIOLATIONS);
});

function fault(step: Step, effect: FaultEffect, times = 1): void {
  for (const host of BMPS) world.simulator.bmp(host).faults.heal();
  world.simulator.bmp(BMPS[first]!).faults.add({ ...STEPS[step], times, effect });
}

/** Which frame the search prefers is its own business. */
async function findFirst(): Promise<void> {
  const id = await world.create(3);
  await world.ready(id);
  first = world.boardsOf(id)[0] === 0 ? 0 : 1;
  world.engine.destroy(id, null, CLIENT);
  await world.settle();
  await world.until(() => world.powered.length === 0);
}

interface Outcome {
  readonly job: "here" | "elsewhere" | "gone";
  /** Numbers in their frame of the boards quarantined. */
  readonly quarantined: readonly number[];
  readonly mayBeOn?: boolean;
  /** Whether the frame is under suspicion. */
  readonly isSuspect?: boolean;
}

const UNHARMED: Outcome = { job: "here", quarantined: [] };
const BOARD_1_OUT: Outcome = { job: "elsewhere", quarantined: [1] };
const FRAME_OUT: Outcome = { job: "elsewhere", quarantined: [0, 1, 2] };
/** One board of the frame is tested for it. */
const FRAME_SUSPECT: Outcome = { job: "elsewhere", quarantined: [0], isSuspect: true };
const OFF: Outcome = { job: "gone", quarantined: [] };
const MAY_BE_ON: Outcome = { job: "gone", quarantined: [0, 1, 2], mayBeOn: true };

async function expectOutcome(step: Step, apply: () => void, outcome: Outcome): Promise<void> {
  await findFirst();
  if (step !== "power-off") apply();
  const id = await world.create(3);
  await world.ready(id);
  if (step === "power-off") {
    apply();
    world.engine.destroy(id, "done", CLIENT);
  }
  await world.settle();
  const here = FRAMES[first];
  const there = FRAMES[1 - first]!;
  if (outcome.job === "gone") {
    expect(world.fate(id)).toBe("destroyed: done");
  } else {
    expect(world.fate(id)).toBe("ready");
    const boards = outcome.job === "here" ? here : there;
    expect(world.boardsOf(id)).toEqual(boards);
    expect(world.powered).toEqual(expect.arrayContaining([...boards]));
    const states = world.simulator.state().bmps.flatMap((bmp) => bmp.boards);
    const cut = states.filter(({ powered, stoppedLinks }) => powered && stoppedLinks.length > 0);
    expect(cut.length).toBeGreaterThanOrEqual(3);
  }
  expect(world.quarantinedBoards).toEqual(outcome.quarantined.map((number) => here[number]));
  const suspect = [...world.engine.operator.suspectBmps().keys()];
  expect(suspect).toEqual(outcome.isSuspect ? [BMPS[first]] : []);
  if (outcome.mayBeOn) expect(world.quarantined.every(({ mayBeOn }) => mayBeOn)).toBe(true);
  else if (outcome.quarantined.length === 0) expect(world.powered.length % 3).toBe(0);
}

const title = (effect: FaultEffect): string =>
  effect.effect === "refuse"
    ? `return code 0x${effect.returnCode.toString(16)}`
    : JSON.stringify(effect).replace(/[{}"]/g, "");

const ONCE: readonly FaultEffect[] = [
  { effect: "loseRequest" },
  { effect: "loseReply" },
  { effect: "doubleRequest" },
  { effect: "doubleReply" },
  { effect: "delayReply", ms: 250 },
  { effect: "restart", downMs: 100, powerOff: false },
  ...[...PASSING, ...FINAL].map(refuse),
];

describe.each(Object.keys(STEPS) as Step[])("in the step %s", (step) => {
  const unharmed = step === "power-off" ? OFF : UNHARMED;

  it.each(ONCE.map((effect) => [title(effect), effect] as const))(
    "%s, once, harms nobody",
    async (_, effect) => {
      await expectOutcome(step, () => fault(step, effect), unharmed);
    },
  );

  it("a BMP that takes its time harms nobody", async () => {
    const slow = () => {
      for (const host of BMPS) world.simulator.bmp(host).frame.slowReplyMs = 30;
    };
    await expectOutcome(step, slow, unharmed);
  });

  const lasting = {
    "power-on": FRAME_SUSPECT,
    check: BOARD_1_OUT,
    link: BOARD_1_OUT,
    "power-off": MAY_BE_ON,
  };

  it.each([...PASSING, ...FINAL])(
    "return code %i for ever withholds the boards it is about",
    async (code) => {
      await expectOutcome(step, () => fault(step, refuse(code), ALWAYS), lasting[step]);
    },
  );

  it.each([false, true])(
    "silence for good, carried out: %s, takes the frame out",
    async (carriedOut) => {
      const outcome = step === "power-off" ? MAY_BE_ON : { ...FRAME_OUT, mayBeOn: true };
      await expectOutcome(step, () => fault(step, { effect: "die", carriedOut }), outcome);
      expect(world.quarantined.every(({ cause }) => cause === "bmp")).toBe(true);
      const told = world.log.lines.filter((line) => line.includes("has not answered since"));
      expect(told).toHaveLength(1);
    },
  );
});

describe("a board", () => {
  it.each([1, 2])(
    "with a wrong FPGA number after %i power-ons is cycled until it is up",
    async (n) => {
      const apply = () => world.simulator.board(BMPS[first]!, 1).showWrongFpga(2, n);
      await expectOutcome("check", apply, UNHARMED);
      expect(world.simulator.board(BMPS[first]!, 1).powerCycles).toBe(2 + n);
      expect(world.simulator.board(BMPS[first]!, 0).powerCycles).toBe(2);
    },
  );

  it("that always has one is quarantined, and only it", async () => {
    const apply = () => world.simulator.board(BMPS[first]!, 1).showWrongFpga(2, ALWAYS);
    await expectOutcome("check", apply, BOARD_1_OUT);
    expect(world.quarantined[0]?.reason).toMatch(/^not up after 3 power cycles: FPGA 2/);
  });

  it("that loses its power with its BMP, in the middle of the check, is cycled again", async () => {
    const restart: FaultEffect = { effect: "restart", downMs: 50, powerOff: true };
    await expectOutcome("check", () => fault("check", restart), UNHARMED);
  });
});
