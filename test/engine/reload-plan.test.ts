import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConfigurationDescription } from "../../src/config/description.js";
import { holdsBoard } from "../../src/domain/allocation.js";
import { boardCount, boardOfIndex } from "../../src/domain/board.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import { findBoard } from "../../src/engine/boards/board-identity.js";
import { quarantineBoard } from "../../src/engine/boards/quarantine.js";
import { OPERATOR, SERVER } from "../../src/engine/contract/actors.js";
import type { ReloadPlan } from "../../src/engine/contract/reload-plan.js";
import { applyReload } from "../../src/engine/inputs/reload.js";
import { planReload } from "../../src/engine/inputs/reload-plan.js";
import type { EngineState } from "../../src/engine/state/engine-state.js";
import { busyMachines, owedPowerOffs } from "../../src/engine/state/removed-machines.js";
import { settingsOf } from "../../src/engine/state/settings.js";
import { endReasonText } from "../../src/protocol/answers/end-reason-text.js";
import { OperatorEdits } from "../simulation/operator-edits.js";
import { Random } from "../simulation/random.js";
import { Scenario } from "../simulation/scenario.js";
import { NO_TRACE } from "../simulation/trace.js";
import { World } from "../simulation/world.js";
import { deepText } from "./deep-text.js";
import { EngineHarness } from "./engine-harness.js";
import { boards, configuration, machine, newJob } from "./fixtures.js";
import { create, fate } from "./jobs.js";
import { foundBetween, Picture, toldBy } from "./reload-effects.js";

const RUNS = 40;
/** In these worlds reloads do all that a plan can tell. */
const TELLING_SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
/** In these something once did not hold. */
const ONCE_WRONG = [1020524300, 1722192912];
const RELOADS_PER_RUN = 4;
const MOST_STEPS_BETWEEN = 120;

/** A world with jobs, failing boards, silent BMPs, crashes: whatever the seed brings. */
class RandomWorld {
  private readonly random: Random;
  private readonly edits: OperatorEdits;
  private readonly world: World;
  private readonly scenario: Scenario;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.edits = new OperatorEdits(this.random, true);
    this.world = new World({ configuration: this.edits.next(), trace: NO_TRACE });
    this.scenario = new Scenario(this.world, this.edits, this.random);
    this.world.start();
  }

  /** Some things happen; then the operator has another configuration read. */
  nextReload(reload: (state: EngineState, configuration: ConfigurationDescription) => void): void {
    const { world, scenario, random } = this;
    for (let n = random.below(MOST_STEPS_BETWEEN); n > 0; n--) scenario.next();
    if (random.chance(0.3)) world.progress.settle();
    while (world.stopping === "done") scenario.next();
    if (random.chance(0.7)) this.quarantineBoards();
    // Reading takes longer than a turn: there are no two reloads in one.
    world.progress.endTurn();
    const configuration = this.edits.next();
    const state = stateOf(world);
    world.step(
      () => "a reload",
      () => world.reconfigure(configuration, () => reload(state, configuration)),
    );
  }

  /** Boards fail, some of them such that they may be on, as if they had been powered off in vain. */
  private quarantineBoards(): void {
    const { world, random } = this;
    const { machines } = stateOf(world);
    if (machines.length === 0) return;
    const machine = random.pick(machines);
    world.step(
      () => `boards of ${machine.name} fail`,
      () => {
        for (let n = 1 + random.below(3); n > 0; n--) {
          const board = random.below(boardCount(machine.description));
          const mayBeOn = random.chance(0.5);
          const grounds = { reason: "it failed", cause: "board", mayBeOn, actor: SERVER } as const;
          quarantineBoard(stateOf(world), machine, board, grounds);
        }
      },
    );
  }
}

function stateOf({ engine }: World): EngineState {
  return engine["state"];
}

/** Descriptions of running machines, by name. */
function machinesOf({ machines }: EngineState): (name: string) => MachineDescription {
  return (name) => machines.find((each) => each.name === name)!.description;
}

/** Checks a property of reloads in random worlds. */
function forAnyReload(
  check: (state: EngineState, configuration: ConfigurationDescription) => void,
): void {
  fc.assert(
    fc.property(fc.nat(), (seed) => {
      const world = new RandomWorld(seed);
      for (let n = 0; n < RELOADS_PER_RUN; n++) world.nextReload(check);
    }),
    { numRuns: RUNS, examples: [...TELLING_SEEDS, ...ONCE_WRONG].map((seed) => [seed]) },
  );
}

function planNow(state: EngineState, configuration: ConfigurationDescription): ReloadPlan {
  return planReload(state, configuration, state.clock.nowMs());
}

/** Applies the plan and returns whose jobs ended, in order, and what they are told. */
function applyAndListen(
  state: EngineState,
  plan: ReloadPlan,
  configuration: ConfigurationDescription,
): ReadonlyMap<number, string | null> {
  const ended = new Map<number, string | null>();
  const { endedJobs } = state;
  const { add } = endedJobs;
  endedJobs.add = (job) => {
    ended.set(job.jobId, endReasonText(job));
    add.call(endedJobs, job);
  };
  applyReload(state, plan, configuration, OPERATOR);
  endedJobs.add = add;
  return ended;
}

/** A part of the state that must not be used. */
const FORBIDDEN: never = new Proxy({} as never, {
  get: (_, name) => {
    throw new Error(`${String(name)} is used`);
  },
});

describe("the plan of a reload", () => {
  it("is made without any change, clock or log, and is the same when made again", () => {
    forAnyReload((state, configuration) => {
      const before = deepText(state);
      const plan = planNow(state, configuration);
      expect(deepText(state) === before, "the state is as it was").toBe(true);
      const ports = { clock: FORBIDDEN, log: FORBIDDEN, bmp: FORBIDDEN, search: FORBIDDEN };
      const reduced = { ...state, ...ports, journal: FORBIDDEN };
      expect(planReload(reduced, configuration, state.clock.nowMs())).toEqual(plan);
      applyReload(state, plan, configuration, OPERATOR);
    });
  });

  it("survives JSON, and tells exactly what the reload then does", () => {
    const told = new Map<string, number>();
    forAnyReload((state, configuration) => {
      const before = new Picture(state);
      const made = planNow(state, configuration);
      const plan: ReloadPlan = JSON.parse(JSON.stringify(made));
      expect(plan).toStrictEqual(made);
      const ended = applyAndListen(state, plan, configuration);
      const after = new Picture(state);
      expect(foundBetween(before, after, ended)).toEqual(toldBy(plan, machinesOf(state)));
      expect(plan.endedJobs.map(({ jobId }) => jobId)).toEqual([...ended.keys()]);
      expect(state.settings).toEqual(settingsOf(configuration));
      expect([...after.running.keys()]).toEqual(configuration.machines.map(({ name }) => name));
      for (const [part, entries] of Object.entries(plan)) {
        told.set(part, (told.get(part) ?? 0) + entries.length);
      }
    });
    expect(
      [...told.values()].every((times) => times > 0),
      "all there is to tell",
    ).toBe(true);
  });

  it("forgets removed machines at once whose boards are off and nothing is under way for, and leaves no board on", () => {
    forAnyReload((state, configuration) => {
      const plan = planNow(state, configuration);
      const leaving = plan.quarantine
        .filter(({ to, mayBeOn }) => to === null && mayBeOn)
        .flatMap((record) => findBoard(state.machines, record));
      applyReload(state, plan, configuration, OPERATOR);
      const busy = busyMachines(state);
      const removed = [...state.machinesById.values()].filter(({ isRemoved }) => isRemoved);
      const kept = removed.filter(
        (machine) => !busy.has(machine) && owedPowerOffs(state, machine).length === 0,
      );
      expect(kept).toEqual([]);
      for (const { machine, board: index } of leaving) {
        const board = boardOfIndex(index, machine.description);
        const isGoingOff = [...state.cooldowns.values()].some(
          (cooldown) =>
            cooldown.machine === machine &&
            holdsBoard(cooldown.allocation, board, machine.description),
        );
        expect(isGoingOff, `board ${board} of ${machine.name} is powered off`).toBe(true);
      }
    });
  });

  it("names waiting jobs that the machines which are left are known to be too small for", () => {
    const small = machine("small", 1, 1, { cabinet: 1 });
    const world = new EngineHarness(configuration([small, machine("large", 2, 2)]));
    const running = create(world, newJob(boards(12)));
    const waiting = create(world, newJob(boards(12), { owner: "ann" }));
    const plan = world.engine.planReload(configuration([small]));
    expect(plan.endedJobs).toEqual([
      { jobId: running, owner: "someone", machine: "large", reason: "machineRemoved" },
      { jobId: waiting, owner: "ann", machine: null, reason: "noSuitableMachine" },
    ]);
    expect(world.engine.reconfigure(configuration([small]))).toEqual(plan);
    expect(fate(world, waiting)).toBe("destroyed: Cancelled: No suitable machines available.");
  });

  it("is empty once it is carried out", () => {
    forAnyReload((state, configuration) => {
      applyReload(state, planNow(state, configuration), configuration, OPERATOR);
      const plan = planNow(state, configuration);
      expect(toldBy(plan, machinesOf(state))).toEqual([]);
    });
  });
});
