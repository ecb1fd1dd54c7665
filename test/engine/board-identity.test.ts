/** A board is what is bolted in at its BMP and board number, whatever an operator calls it. */
import { describe, expect, it } from "vitest";
import type { MachineDescription } from "../../src/domain/machine.js";
import { OPERATOR } from "../../src/engine/contract/actors.js";
import type { QuarantineRecord } from "../../src/engine/contract/records.js";
import { CLIENT } from "../support/actors.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate, live } from "./jobs.js";

/** Four triads, all in one frame. Index 7 is board [2, 0, 1], at position 0/0/7. */
const LARGE = machine("m", 4, 1);
const SMALL = machine("m", 2, 1);
const RENAMED = machine("other", 4, 1);
const BOARD = 7;
const NO_TESTS = { secondsBetweenSelfTests: 0 };

function reload(world: EngineHarness, ...machines: readonly MachineDescription[]): void {
  world.engine.reconfigure(configuration(machines, NO_TESTS));
  world.settle();
}

function quarantined(cause: "operator" | "failure" = "operator"): EngineHarness {
  const world = new EngineHarness(configuration([LARGE], NO_TESTS));
  if (cause === "operator") {
    world.engine.operator.quarantineBoards("m", [BOARD], "smoke", OPERATOR);
  } else {
    world.bmps.bad.add("0,0,7");
    const id = create(world, newJob(boards(1, { size: { kind: "board", board: [2, 0, 1] } })));
    world.engine.destroy(id, null, CLIENT);
    world.pass(31_000);
  }
  world.settle();
  return world;
}

const record = (world: EngineHarness) => {
  const [only, ...others] = world.engine.operator.quarantine();
  expect(others).toEqual([]);
  return only!;
};

/** Every free board goes to a job of its own; the places of those that were powered. */
function allPlaces(world: EngineHarness): string[] {
  world.bmps.bad.clear();
  for (let n = 0; n < 24; n++) create(world, newJob(boards(1)));
  return [...world.bmps.powered].sort();
}

const reversed: MachineDescription = {
  ...LARGE,
  boardLocations: LARGE.boardLocations.map(([board], index) => [
    board,
    LARGE.boardLocations[11 - index]![1],
  ]),
};

const CHANGES: [string, MachineDescription[][], Partial<QuarantineRecord>][] = [
  ["renamed", [[RENAMED]], { machineName: "other", board: BOARD }],
  ["smaller and as large again", [[SMALL], [LARGE]], { machineName: "m", board: BOARD }],
  ["laid out in reverse", [[reversed]], { machineName: "m", board: 4, position: [0, 0, 7] }],
  [
    "away and back under another name, in reverse",
    [[machine("n", 1, 1, { cabinet: 1 })], [{ ...reversed, name: "new" }]],
    { machineName: "new", board: 4 },
  ],
  [
    "given other addresses",
    [[{ ...LARGE, bmpIps: [[[0, 0], "elsewhere"]] }]],
    { machineName: "m", board: BOARD, bmp: "elsewhere" },
  ],
  [
    "gone, its frame part of another machine",
    [[machine("n", 8, 1)]],
    { machineName: "n", board: BOARD },
  ],
  [
    "given other positions in the same frame's BMP",
    [
      [
        {
          ...RENAMED,
          boardLocations: LARGE.boardLocations.map(([board, [, , number]]) => [
            board,
            [5, 9, number],
          ]),
          bmpIps: [[[5, 9], "bmp-0-0"]],
        },
      ],
    ],
    { machineName: "other", board: BOARD, position: [5, 9, 7] },
  ],
];

describe("a board in quarantine, when its machine is", () => {
  it.each(CHANGES)(
    "%s, stays in quarantine, is named as it is now, and no job gets it",
    (_, steps, expected) => {
      for (const restarts of [false, true]) {
        const world = quarantined();
        for (const machines of steps) {
          if (restarts) world.crash(configuration(machines, NO_TESTS));
          else reload(world, ...machines);
          world.settle();
        }
        expect(record(world)).toMatchObject({
          ...{ active: true, reason: "smoke", isConfigured: true },
          ...expected,
        });
        const total = steps.at(-1)![0]!.boardLocations.length;
        const places = allPlaces(world);
        expect(places).toHaveLength(Math.min(total - 1, 24));
        expect(places.filter((place) => /^(0,0|5,9),7$/.test(place))).toEqual([]);
      }
    },
  );

  it.each(CHANGES)("%s, keeps its history, and is still known to have failed", (_, steps) => {
    const world = quarantined("failure");
    const before = record(world);
    expect(before.history.map(({ kind }) => kind)).toEqual(["quarantined", "failed again"]);
    for (const machines of steps) reload(world, ...machines);
    const { history, occurrences, mayBeOn } = record(world);
    // Whoever leaves the configuration is powered off once more, in vain.
    expect(history.slice(0, 2)).toEqual(before.history);
    expect([occurrences, mayBeOn]).toEqual([before.occurrences, true]);
  });
});

describe("a board that no machine has any more", () => {
  const left = () => {
    const world = quarantined();
    reload(world, SMALL);
    expect(record(world)).toMatchObject({ isConfigured: false, active: true, machineName: "m" });
    return world;
  };

  it("can be released, and its history stays", () => {
    const world = left();
    world.engine.operator.releaseBoards([record(world)], "a new fan", OPERATOR);
    reload(world, LARGE);
    expect(record(world)).toMatchObject({ active: false, isConfigured: true });
    expect(allPlaces(world)).toHaveLength(12);
  });

  it("can be forgotten, as one that a machine has cannot", () => {
    const world = left();
    world.engine.operator.forgetBoards([record(world)], OPERATOR);
    world.settle();
    expect(world.engine.operator.quarantine()).toEqual([]);
    world.crash(configuration([LARGE], NO_TESTS));
    expect(world.engine.operator.quarantine()).toEqual([]);

    const other = quarantined();
    other.engine.operator.forgetBoards([record(other)], OPERATOR);
    expect(record(other)).toMatchObject({ active: true });
  });

  it("is powered off if it may be on, and is then known to be off", () => {
    const world = new EngineHarness(configuration([LARGE], NO_TESTS));
    const id = create(world, newJob(boards(1, { size: { kind: "board", board: [2, 0, 1] } })));
    world.bmps.bad.add("0,0,7");
    world.engine.destroy(id, null, CLIENT);
    world.pass(31_000);
    expect(record(world).mayBeOn).toBe(true);
    world.bmps.bad.clear();
    reload(world);
    expect(world.bmps.powered.size).toBe(0);
    expect(record(world)).toMatchObject({ mayBeOn: false, active: true });
  });
});

describe("a board that may be on and that no machine has any more", () => {
  const machineNames = (world: EngineHarness) =>
    [...world.store.disk.machines.rows.values()].map(({ description }) => description.name);
  const left = (...machines: readonly MachineDescription[]) => {
    const world = quarantined("failure");
    world.bmps.powered.add("0,0,7");
    world.bmps.bad.add("0,0,7");
    reload(world, ...machines);
    world.pass(31_000);
    expect(record(world)).toMatchObject({ mayBeOn: true });
    return world;
  };

  it.each([
    ["left alone", []],
    ["smaller by now", [SMALL]],
  ])("keeps its removed machine until it is powered off; the machine is %s", (_, machines) => {
    const world = left(...machines);
    const names = machines.map(({ name }) => name);
    expect(machineNames(world)).toEqual(["m", ...names]);
    world.bmps.bad.clear();
    world.pass(64 * 300_000);
    expect([...world.bmps.powered]).toEqual([]);
    expect(record(world)).toMatchObject({ mayBeOn: false, isConfigured: false });
    expect(machineNames(world)).toEqual(names);
  });

  it("keeps no machine once an operator has it forgotten", () => {
    const world = left();
    world.engine.operator.forgetBoards([record(world)], OPERATOR);
    world.settle();
    expect(machineNames(world)).toEqual([]);
  });

  it.each([RENAMED, { ...LARGE, bmpIps: [[[0, 0], "elsewhere"]] as const }])(
    "is not such a board when one has it under another name, or behind another BMP",
    (instead) => {
      const world = left(instead);
      expect(machineNames(world)).toEqual([instead.name]);
      world.bmps.bad.clear();
      world.pass(64 * 300_000);
      expect([...world.bmps.powered]).toEqual([]);
    },
  );

  it("is powered off by a cold start, in the machine that had it", () => {
    const world = left(SMALL);
    world.bmps.bad.clear();
    world.crash(configuration([SMALL], NO_TESTS), { cold: true });
    world.pass(61_000);
    expect([...world.bmps.powered]).toEqual([]);
    expect(world.engine.operator.quarantine()).toEqual([]);
    expect(machineNames(world)).toEqual(["m"]);
  });
});

describe("a board in its cooldown", () => {
  it("goes to no job under another name, also when it joins a machine that goes on", () => {
    const other = machine("n", 2, 1, { cabinet: 1 });
    const dead = { ...other, deadBoards: [[0, 0, 0]] } as const;
    const world = new EngineHarness(configuration([SMALL, dead], NO_TESTS));
    const id = create(world, newJob(boards(1, { size: { kind: "board", board: [0, 0, 0] } })));
    expect(live(world, id).placed!.machine.description.name).toBe("m");
    // Board [0, 0, 0] of machine n lives again: it is the one that was [0, 0, 0] of machine m.
    const joined: MachineDescription = {
      ...other,
      boardLocations: [
        [
          [0, 0, 0],
          [0, 0, 0],
        ],
        ...other.boardLocations.slice(1),
      ],
      bmpIps: [...other.bmpIps, [[0, 0], "bmp-0-0"]],
    };
    reload(world, joined);
    const next = create(world, newJob(boards(1, { size: { kind: "board", board: [0, 0, 0] } })));
    expect(fate(world, next)).toBe("queued");
    world.pass(31_000);
    expect(fate(world, next)).toBe("ready");
  });
});

describe("a frame that another machine has by now, while its former one goes on", () => {
  /** Two frames; the second goes from machine m, where its boards are dead now, to machine n. */
  const both = machine("m", 16, 1);
  const second = both.boardLocations.filter(([, [, frame]]) => frame === 1);
  const first: MachineDescription = {
    ...both,
    deadBoards: second.map(([board]) => board),
    boardLocations: both.boardLocations.filter(([, [, frame]]) => frame === 0),
    bmpIps: [[[0, 0], "bmp-0-0"]],
    spinnakerIps: both.spinnakerIps.filter(([[x]]) => x < 8),
  };
  const taken = machine("n", 8, 1);
  const heir: MachineDescription = {
    ...taken,
    boardLocations: taken.boardLocations.map(([board, [, , number]]) => [board, [0, 1, number]]),
    bmpIps: [[[0, 1], "bmp-0-1"]],
  };
  const all = boards(24, { maxDeadBoards: 0 });

  it.each([false, true])(
    "gives out what a job still has once it has left it and cooled down; restart: %s",
    (restarts) => {
      const world = new EngineHarness(configuration([both], NO_TESTS));
      const exact = { kind: "board", board: [8, 0, 1] } as const;
      const running = create(world, newJob(boards(1, { size: exact })));
      expect([...world.bmps.powered]).toEqual(["0,1,1"]);
      reload(world, first, heir);
      if (restarts) {
        world.crash(configuration([first, heir], NO_TESTS));
        world.settle();
      }
      const waiting = create(world, newJob(all, { machine: "n" }));
      expect(fate(world, running)).toBe("ready");
      expect(fate(world, waiting)).toBe("queued");
      expect(fate(world, create(world, newJob(boards(1), { machine: "n" })))).toBe("ready");
      for (const { jobId } of [...world.engine.jobs()]) {
        if (jobId !== waiting) world.engine.destroy(jobId, null, CLIENT);
      }
      world.pass(29_000);
      expect(fate(world, waiting)).toBe("queued");
      world.pass(2_000);
      expect(fate(world, waiting)).toBe("ready");
    },
  );
});

describe("an operator who adds a board that is in quarantine already", () => {
  it("is not quoted as a failure of it", () => {
    const world = quarantined("failure");
    const { occurrences, sinceMs } = record(world);
    world.engine.operator.quarantineBoards("m", [BOARD], "keep your hands off", OPERATOR);
    world.settle();
    const { history, cause, reason, ...after } = record(world);
    expect(history.at(-1)).toMatchObject({ kind: "quarantined", note: "keep your hands off" });
    expect({ cause, reason }).toEqual({ cause: "operator", reason: "keep your hands off" });
    expect(after).toMatchObject({ occurrences, sinceMs });
  });
});

describe("a record of version 3 whose machine was not there", () => {
  it("is of no board until its machine is, and then of that board", () => {
    const world = quarantined();
    const { bmp, number, isConfigured, ...known } = record(world);
    expect([bmp, number, isConfigured]).toEqual(["bmp-0-0", 7, true]);
    const old = { ...known, bmp: null, number: BOARD, coordinates: null, position: null };
    const elsewhere = machine("n", 1, 1, { cabinet: 1 });
    const later = new EngineHarness(configuration([elsewhere], NO_TESTS));
    later.store.commit(
      {
        ...{ jobs: NONE, endedJobs: NONE, cooldowns: NONE, machines: NONE, counters: null },
        quarantine: { put: [old], delete: [] },
      },
      () => undefined,
    );
    later.settle();
    later.crash();
    expect(record(later)).toMatchObject({ bmp: null, isConfigured: false, active: true });
    reload(later, elsewhere, LARGE);
    expect(record(later)).toMatchObject({ bmp: "bmp-0-0", number: 7, isConfigured: true });
    later.crash(configuration([RENAMED], NO_TESTS));
    later.settle();
    expect(record(later)).toMatchObject({ machineName: "other", active: true });
  });
});

const NONE = { put: [], delete: [] };

describe("boards that do not go off, of a machine that was removed and whose frame is known anew", () => {
  const elsewhere = (of: MachineDescription): MachineDescription => ({
    ...of,
    bmpIps: [[[0, 0], "elsewhere"]],
  });
  const moved = (bmp: string): MachineDescription => ({
    ...RENAMED,
    bmpIps: [[[5, 9], bmp]],
    boardLocations: RENAMED.boardLocations.map(
      ([board, [, , number]]) => [board, [5, 9, number]] as const,
    ),
  });
  const STEPS: [string, MachineDescription[], Partial<QuarantineRecord>][] = [
    ["readdressed", [elsewhere(LARGE)], { machineName: "m" }],
    ["readdressed, then renamed", [elsewhere(LARGE), elsewhere(RENAMED)], { machineName: "other" }],
    ["renamed, then readdressed", [RENAMED, elsewhere(RENAMED)], { machineName: "other" }],
    [
      "renamed, with another position, then readdressed",
      [moved("bmp-0-0"), moved("elsewhere")],
      { machineName: "other", position: [5, 9, 7] },
    ],
    [
      "readdressed twice, then renamed",
      [{ ...LARGE, bmpIps: [[[0, 0], "first"]] }, elsewhere(LARGE), elsewhere(RENAMED)],
      { machineName: "other" },
    ],
  ];

  it.each(STEPS)("%s: are in quarantine where they are now", (_, machines, expected) => {
    for (const restarts of [false, true]) {
      const world = new EngineHarness(configuration([LARGE], NO_TESTS));
      create(world, newJob(boards(1, { size: { kind: "board", board: [2, 0, 1] } })));
      world.bmps.bad.add("0,0,7").add("5,9,7");
      for (const description of machines) {
        if (restarts) world.crash(configuration([description], NO_TESTS));
        else world.engine.reconfigure(configuration([description], NO_TESTS));
        world.settle({ bmps: false });
      }
      world.settle();
      world.pass(31_000);
      expect(record(world)).toMatchObject({
        ...{ bmp: "elsewhere", number: 7, board: BOARD, mayBeOn: true, isConfigured: true },
        ...expected,
      });
      // Nothing but the machine that has it now is there to power it off.
      expect(world.store.disk.machines.rows.size).toBe(1);
      world.bmps.powered.clear();
      const places = allPlaces(world);
      expect(places).toHaveLength(11);
      world.pass(64 * 300_000);
      expect([...world.bmps.powered].sort()).toEqual(expect.arrayContaining(places));
    }
  });

  it("readdressed and made smaller: they are powered off where they are now", () => {
    const world = quarantined("failure");
    reload(world, elsewhere(SMALL));
    world.pass(31_000);
    expect(record(world)).toMatchObject({ bmp: "elsewhere", mayBeOn: true, isConfigured: false });
    world.bmps.bad.clear();
    world.crash(configuration([elsewhere(SMALL)], NO_TESTS));
    world.settle();
    world.pass(64 * 300_000);
    expect(record(world)).toMatchObject({ bmp: "elsewhere", mayBeOn: false });
    expect(world.store.disk.machines.rows.size).toBe(1);
  });
});
