/** What clients ask of create_job, of every kind there is. */
import type { Json, JsonObject } from "../../src/protocol/requests/json.js";
import type { Random } from "./random.js";

export interface CreateArguments {
  readonly args: readonly Json[];
  readonly kwargs: JsonObject;
}

type Kind = (random: Random) => CreateArguments;

const boards = (random: Random) => random.pick([1, 2, 3, 4, 6, 9, 12, 18, 24, 27, 40]);

const KINDS: readonly Kind[] = [
  () => ({ args: [], kwargs: {} }),
  (random) => ({ args: [boards(random)], kwargs: {} }),
  (random) => ({ args: [boards(random)], kwargs: {} }),
  (random) => ({
    args: [boards(random)],
    kwargs: { max_dead_boards: random.pick([0, 1, null]), max_dead_links: random.pick([0, null]) },
  }),
  (random) => ({ args: [boards(random)], kwargs: { min_ratio: random.pick([0.3, 0.5, 1]) } }),
  (random) => ({ args: [1 + random.below(4), 1 + random.below(3)], kwargs: {} }),
  (random) => ({ args: [random.below(4), random.below(2), random.below(3)], kwargs: {} }),
  () => ({ args: [4, 2], kwargs: { require_torus: true } }),
  (random) => ({ args: [random.pick([2, 3, 24])], kwargs: { require_torus: true } }),
  (random) => ({
    args: [boards(random)],
    kwargs: { machine: random.pick(["m", "n", "p", "m2", "nowhere"]) },
  }),
  (random) => ({
    args: [boards(random)],
    kwargs: { tags: random.pick([["big"], ["big", "default"]]) },
  }),
];

/** Arguments for a job that lives for ever or as long as its keepalive, in seconds. */
export function randomArguments(random: Random, owner: string): CreateArguments {
  const { args, kwargs } = random.pick(KINDS)(random);
  const keepalive = random.pick([null, null, 12, 30, 60]);
  return { args, kwargs: { ...kwargs, owner, keepalive } };
}
