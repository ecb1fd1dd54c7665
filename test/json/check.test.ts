import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import { check, parseJson } from "../../src/json/index.js";
import { number, wholeNumber } from "../../src/json/schemas.js";

const schema = z.strictObject({
  name: z.string().optional(),
  share: number(0, 1).default(0.5),
  boards: z.array(z.tuple([wholeNumber(0), wholeNumber(0)])).default([]),
  kind: z
    .discriminatedUnion("is", [
      z.strictObject({ is: z.literal("late"), ms: wholeNumber(0, 1000) }),
      z.strictObject({ is: z.literal("lost") }),
    ])
    .optional(),
});

const problemOf = (value: unknown, name?: string) => {
  const checked = check(schema, value, name);
  return checked.ok ? null : checked.problem;
};

it("a value that is right comes back with what was left out", () => {
  expect(check(schema, { name: "a" })).toEqual({
    ok: true,
    value: { name: "a", share: 0.5, boards: [] },
  });
});

it.each<[unknown, string]>([
  [{ share: "much" }, 'share is "much"; it must be a number from 0 to 1'],
  [{ share: 2 }, "share is 2; it must be a number from 0 to 1"],
  [
    {
      boards: [
        [0, 1],
        [2, 0.5],
      ],
    },
    "boards[1][1] is 0.5; it must be a whole number from 0",
  ],
  [{ boards: { x: 1 } }, 'boards is {"x":1}; it must be a list'],
  [{ kind: { is: "late" } }, "kind.ms is missing; it must be a whole number from 0 to 1000"],
  [{ kind: { is: "lame" } }, 'kind.is is "lame"; it must be "late" or "lost"'],
  [{ kind: { is: "lost", ms: 3 } }, "kind has no field ms; its fields are is"],
  [{ nam: 1 }, "there is no field nam; the fields are name, share, boards and kind"],
  [null, "this is null; it must be an object"],
  [{ name: ["x".repeat(100)] }, `name is ["${"x".repeat(58)}…; it must be a string`],
])("of %j the place, the value and what it must be are told", (value, problem) => {
  expect(problemOf(value)).toBe(problem);
});

it("the whole value may have a name", () => {
  expect(problemOf(3, "faults")).toBe("faults is 3; it must be an object");
  expect(problemOf({ share: 3 }, "faults[1]")).toMatch(/^faults\[1\]\.share is 3;/);
});

it("many problems are told in part, and counted", () => {
  const lines = problemOf({ boards: Array.from({ length: 8 }, () => 1) })?.split("\n");
  expect(lines).toHaveLength(6);
  expect(lines?.at(-1)).toBe("and 3 more problems");
});

it("of any JSON each problem is told in a sentence", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      for (const line of problemOf(value)?.split("\n") ?? []) {
        expect(line).toMatch(
          / (is .*; it must be |no field .*; (its|the) fields are |more problems)/s,
        );
      }
    }),
  );
});

it("a text that is no JSON is said to be none", () => {
  expect(parseJson("[1]")).toEqual({ ok: true, value: [1] });
  expect(parseJson("{")).toEqual({ ok: false, problem: expect.stringMatching(/^not JSON: /) });
});
