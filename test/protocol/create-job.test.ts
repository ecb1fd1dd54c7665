import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NewJob } from "../../src/engine/contract/api.js";
import { createJob } from "../../src/protocol/commands/create-job.js";
import { contextOf } from "../../src/protocol/context.js";
import { CommandError } from "../../src/protocol/requests/errors.js";
import type { Json, JsonObject } from "../../src/protocol/requests/json.js";
import { CLIENT } from "../support/actors.js";
import { FakeEngine } from "./fake-engine.js";

/** What reaches the engine of a call; throws what the caller is told. */
function created(
  args: readonly Json[],
  kwargs: JsonObject = {},
  refused: string | null = null,
): NewJob {
  const jobs: NewJob[] = [];
  const engine = new FakeEngine([]);
  engine.refused = refused;
  engine.createJob = (job) => {
    jobs.push(job);
  };
  const context = contextOf(engine);
  const caller = {
    actor: CLIENT,
    watchLimit: 1,
    awaitsCommit: false,
    jobsChanged: () => undefined,
    machinesChanged: () => undefined,
  };
  try {
    const answer = createJob.call(args, { owner: "me", ...kwargs }, context, caller);
    if (typeof answer !== "function") throw new Error("create_job answers later");
    answer(() => undefined);
  } catch (error) {
    expect(jobs).toEqual([]);
    throw error;
  }
  expect(jobs).toHaveLength(1);
  return jobs[0]!;
}

describe("the size of a job", () => {
  test.each([
    [[], { kind: "boards", boards: 1 }],
    [[null], { kind: "boards", boards: 1 }],
    [[1], { kind: "boards", boards: 1 }],
    [[7], { kind: "boards", boards: 7 }],
    [[0], { kind: "boards", boards: 0 }],
    [[-1], { kind: "boards", boards: -1 }],
    [[1e300], { kind: "boards", boards: 2147483647 }],
    [[4, 2], { kind: "triads", width: 4, height: 2 }],
    [[0, 0], { kind: "triads", width: 0, height: 0 }],
    [[3, 1, 2], { kind: "board", board: [3, 1, 2] }],
    [[1, 2, 3, 4], { kind: "board", board: [1, 2, 3] }],
  ])("%j", (args, size) => {
    expect(created(args).request.size).toEqual(size);
  });

  test.each([
    [[1.5]],
    [[1, 1.5]],
    [[Number.POSITIVE_INFINITY]],
    [[true]],
    [["4"]],
    [[[]]],
    [[{}]],
    [[1, "x"]],
    [[null, 1]],
    [[3, null, null]],
    [[null, null, 1]],
  ])("%j is none: the exception says what would be right", (args) => {
    expect(() => created(args)).toThrow(/whole numbers/);
  });

  test("more than seven arguments by position are too many", () => {
    expect(() => created([1, 2, 3, 4, 5, 6, false, 8])).toThrow(/at most 7/);
  });
});

describe("options of a job", () => {
  test("have the defaults of the protocol", () => {
    expect(created([4])).toEqual({
      owner: "me",
      keepaliveS: 60,
      machine: null,
      tags: null,
      argsJson: "[4]",
      kwargsJson: "{}",
      request: {
        size: { kind: "boards", boards: 4 },
        minRatio: 0,
        maxDeadBoards: null,
        maxDeadLinks: null,
        requireTorus: false,
      },
    });
  });

  test("may all be sent, null where they are unset", () => {
    const job = created([], {
      keepalive: null,
      machine: null,
      tags: null,
      min_ratio: 0.333,
      max_dead_boards: 0,
      max_dead_links: null,
      require_torus: null,
    });
    expect(job.keepaliveS).toBeNull();
    expect(job.request).toMatchObject({ minRatio: 0.333, maxDeadBoards: 0, requireTorus: false });
    expect(JSON.parse(job.kwargsJson)).toEqual({
      machine: null,
      tags: null,
      min_ratio: 0.333,
      max_dead_boards: 0,
      max_dead_links: null,
      require_torus: null,
    });
  });

  const UNSET = ["machine", "tags", "min_ratio", "max_dead_boards", "max_dead_links"] as const;

  test("null is the default of each, whatever is asked for, by name and by position", () => {
    const size = fc.constantFrom<number[]>([], [1], [4], [24], [2, 2], [3, 1, 2]);
    const unset = fc.subarray([...UNSET, "require_torus", "group", "collab", "nmpi_job"]);
    fc.assert(
      fc.property(size, unset, (args, names) => {
        const nulls = Object.fromEntries(names.map((name) => [name, null]));
        const { argsJson, kwargsJson, ...job } = created(args, nulls);
        expect(job).toEqual({ ...created(args), argsJson: undefined, kwargsJson: undefined });
        expect(JSON.parse(kwargsJson)).toEqual(nulls);
        expect(JSON.parse(argsJson)).toEqual(args);
      }),
    );
    expect(created([3, 1, 2, null, null, null, null]).request).toEqual(created([3, 1, 2]).request);
  });

  test("of a keepalive null is for ever, not the default", () => {
    expect(created([], { keepalive: null }).keepaliveS).toBeNull();
    expect(created([]).keepaliveS).toBe(60);
  });

  test.each([
    [{ owner: null }, /owner/],
    [{ keepalive: "12" }, /keepalive must be a finite number/],
    [{ keepalive: true }, /keepalive/],
    [{ keepalive: [] }, /keepalive/],
    [{ keepalive: -1 }, /keepalive/],
    [{ keepalive: Number.POSITIVE_INFINITY }, /not NaN, infinite or too large/],
    [{ min_ratio: "x" }, /min_ratio/],
    [{ min_ratio: -0.1 }, /min_ratio/],
    [{ min_ratio: Number.POSITIVE_INFINITY }, /min_ratio/],
    [{ max_dead_boards: "x" }, /max_dead_boards/],
    [{ max_dead_boards: 1.5 }, /max_dead_boards/],
    [{ max_dead_links: -1 }, /max_dead_links/],
    [{ require_torus: "yes" }, /require_torus/],
    [{ machine: ["m"] }, /machine/],
    [{ machine: "m", tags: ["default"] }, /machine or tags/],
    [{ tags: "default" }, /tags must be a list/],
    [{ tags: 1 }, /tags/],
    [{ tags: {} }, /tags/],
    [{ tags: [["a"]] }, /tags\[0\]/],
    [{ bogus: 1 }, /no argument "bogus"/],
    [{ x_or_num_or_width: 3 }, /no argument/],
    [{ owner: "x".repeat(1025) }, /1024/],
    [{ tags: new Array(10_000).fill("tag") }, /16384 characters/],
  ] satisfies [JsonObject, RegExp][])("%j is an exception, and no job", (kwargs, message) => {
    expect(() => created([4], kwargs)).toThrow(CommandError);
    expect(() => created([4], kwargs)).toThrow(message);
  });

  test.each([[[]], [[1]], [[0, 0, 0]]])("a torus of one board is an exception: %j", (args) => {
    expect(() => created(args, { require_torus: true })).toThrow(/torus/);
    expect(created([4], { require_torus: true }).request.requireTorus).toBe(true);
  });

  test("options may follow the size by position, but not twice", () => {
    expect(created([1, 2, 0, 0.5, 3, 4, false]).request).toMatchObject({
      minRatio: 0.5,
      maxDeadBoards: 3,
      maxDeadLinks: 4,
    });
    expect(() => created([1, 2, 0, 0.5], { min_ratio: 1 })).toThrow(/both/);
  });

  test("owners that are no text are written as text", () => {
    expect(created([], { owner: 1.5 }).owner).toBe("1.5");
    expect(created([], { owner: ["a"] }).owner).toBe('["a"]');
    expect(created([], { owner: "" }).owner).toBe("");
  });

  test("names may be numbers", () => {
    expect(created([], { machine: 1 }).machine).toBe("1");
    expect(created([], { tags: [1] }).tags).toEqual(["1"]);
    expect(created([], { tags: [] }).tags).toEqual([]);
  });

  test("arguments that are nested too deeply are an exception, whatever this engine could write", () => {
    const nested = (levels: number) => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
    expect(() => created([], { owner: nested(1001) })).toThrow(/nested/);
    expect(() => created([], { owner: nested(200_000) })).toThrow(/nested/);
    expect(() => created([], { owner: nested(1000) })).toThrow(/1024 characters, not 2000/);
    expect(created([], { owner: nested(512) }).owner).toHaveLength(1024);
  });

  test("while the server takes no jobs, its reason is an exception, and no job", () => {
    expect(() => created([4], {}, "the disk is full")).toThrow(CommandError);
    expect(() => created([4], {}, "the disk is full")).toThrow("the disk is full");
  });
});
