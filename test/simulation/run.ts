/** One run of the simulation: all of it follows from the seed. */
import { finish } from "./ending.js";
import type { Mutation } from "./mutations.js";
import { OperatorEdits } from "./operator-edits.js";
import { Random } from "./random.js";
import { Scenario } from "./scenario.js";
import { NO_TRACE, type Trace } from "./trace.js";
import { World } from "./world.js";

export interface Outcome {
  readonly seed: number;
  readonly steps: number;
  /** What did not hold; null when all is well. */
  readonly error: Error | null;
}

export interface RunOptions {
  readonly trace?: Trace;
  /** A bug to plant for this run. */
  readonly mutation?: Mutation | null;
}

/** Steps that are drawn before the run comes to its end, which takes further ones. */
const FEWEST_STEPS = 60;
const MOST_STEPS = 300;

export function run(seed: number, { trace = NO_TRACE, mutation = null }: RunOptions = {}): Outcome {
  const uproot = mutation?.plant();
  const random = new Random(seed);
  const edits = new OperatorEdits(random);
  const more = new Random(~seed);
  const unitsPerSlice = 1 + more.below(8);
  const world = new World({ configuration: edits.next(), trace, unitsPerSlice });
  const scenario = new Scenario(world, edits, random, more.chance(0.4) ? more : null);
  const outcome = (error: Error | null) => ({ seed, steps: world.steps, error });
  try {
    world.start();
    const drawn = FEWEST_STEPS + random.below(MOST_STEPS - FEWEST_STEPS);
    for (let n = 0; n < drawn; n++) scenario.next();
    finish(world, scenario);
    return outcome(null);
  } catch (error) {
    return outcome(error instanceof Error ? error : new Error(String(error)));
  } finally {
    uproot?.();
  }
}
