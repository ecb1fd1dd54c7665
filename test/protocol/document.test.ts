/** docs/reference/protocol.md names all there is: commands, arguments, limits, faults and exceptions. */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { type ClientLimits, STANDARD_CLIENT_LIMITS } from "../../src/config/client-limits.js";
import { LineSplitter } from "../../src/json/index.js";
import {
  MAX_ARGUMENTS_CHARS,
  MAX_OWNER_CHARS,
  MAX_TAGS,
} from "../../src/protocol/commands/create-job.js";
import { COMMANDS } from "../../src/protocol/commands/index.js";
import { MAX_REASON_CHARS } from "../../src/protocol/commands/jobs.js";
import { DEFAULT_LIMITS } from "../../src/protocol/connection/limits.js";
import { contextOf } from "../../src/protocol/context.js";
import type { Caller, Context } from "../../src/protocol/requests/command.js";
import { dispatch } from "../../src/protocol/requests/dispatch.js";
import { faultOf, ProtocolFault } from "../../src/protocol/requests/errors.js";
import { MAX_NAME_CHARS } from "../../src/protocol/requests/values.js";
import { CLIENT } from "../support/actors.js";
import { FakeEngine, plainMachine } from "./fake-engine.js";

const document = readFileSync(new URL("../../docs/reference/protocol.md", import.meta.url), "utf8");

/** The text under a heading, up to the next of its kind. */
function section(heading: string): string {
  const from = document.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`there is no heading "${heading}"`);
  const level = heading.slice(0, heading.indexOf(" ") + 1);
  const to = document.indexOf(`\n${level}`, from + 2);
  return document.slice(from, to < 0 ? undefined : to);
}

/** The row of a command, and the section that it has, if any. */
function aboutCommand(name: string): string {
  const row = section("## Commands")
    .split("\n")
    .find((line) => line.startsWith("| ") && line.split("|")[1]!.includes(`\`${name}\``));
  if (row === undefined) throw new Error(`the table of commands has no row for ${name}`);
  return row.includes(`(#${name})`) ? row + section(`### ${name}`) : row;
}

const inEnglish = (count: number) => count.toLocaleString("en");

describe("the document of the protocol", () => {
  test.each([...COMMANDS.values()])("names $name and its parameters", ({ name, parameters }) => {
    const words = new Set(aboutCommand(name).match(/\w+/g));
    for (const parameter of parameters) expect(words).toContain(parameter);
  });

  test("names no command that there is not", () => {
    const rows = section("## Commands").split("### ")[0]!.split("\n");
    const named = rows.flatMap((row) => row.split("|")[1]?.match(/(?<=`)\w+(?=`)/g) ?? []);
    expect(named.sort()).toEqual([...COMMANDS.keys()].sort());
  });

  test.each(Object.entries(STANDARD_CLIENT_LIMITS))("names the limit %s, %d", (name, value) => {
    const row = section("## Limits")
      .split("\n")
      .find((line) => line.startsWith(`| \`${name}\``));
    expect(row).toContain(`| ${inEnglish(value)} |`);
  });

  test("names the limits that are fixed", () => {
    const { sliceMs, lingerMs, ...configurable } = DEFAULT_LIMITS;
    expect(configurable).toEqual(STANDARD_CLIENT_LIMITS satisfies ClientLimits);
    const limits = section("## Limits");
    expect(limits).toContain(`${sliceMs} ms`);
    expect(limits).toContain(`${lingerMs / 1000} s`);
    for (const length of [MAX_OWNER_CHARS, MAX_ARGUMENTS_CHARS, MAX_NAME_CHARS, MAX_REASON_CHARS]) {
      expect(limits).toContain(`${inEnglish(length)} characters`);
    }
  });
});

/** Texts in backquotes of the first or last cells of a section's tables, as patterns. */
function patterns(heading: string, cell: 1 | 2): Map<string, RegExp> {
  const cells = section(heading)
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .flatMap((line) => [...line.split("|")[cell]!.matchAll(/`([^`]+)`/g)])
    .map(([, text]) => text!);
  // Headings of columns are single words.
  return new Map(
    cells
      .filter((text) => text.includes(" "))
      .map((text) => {
        const parts = text.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
        return [text, new RegExp(`^${parts.join(".+")}$`, "s")];
      }),
  );
}

const engine = new FakeEngine([plainMachine("m", 1, 1)]);
let context: Context;
let limits: ClientLimits = STANDARD_CLIENT_LIMITS;
// What one test watches must not be watched already in the next.
beforeEach(() => {
  context = contextOf(engine, () => limits);
});
const caller: Caller = {
  actor: CLIENT,
  awaitsCommit: false,
  jobsChanged: () => undefined,
  machinesChanged: () => undefined,
};
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** The text of the exception that a request meets, or null. */
function exception(request: object): string | null {
  const answer = dispatch(JSON.stringify(request), context, caller, quiet);
  if (typeof answer === "function") return null;
  return (JSON.parse(answer.line) as { exception?: string }).exception ?? null;
}

describe("the document of the exceptions", () => {
  const documented = patterns("## Exceptions", 1);
  const owner = { owner: "me" };
  const create = (args: unknown[], kwargs: object = owner) => ({
    command: "create_job",
    args,
    kwargs,
  });

  test("has a place for each that a request can meet", () => {
    const names = [...COMMANDS.values()].flatMap(({ parameters }) => parameters);
    const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.integer(), fc.constant(null));
    const request = fc.record({
      command: fc.constantFrom(...COMMANDS.keys()),
      args: fc.array(value, { maxLength: 9 }),
      kwargs: fc.dictionary(fc.constantFrom("client", "other", ...names), value, { maxKeys: 5 }),
    });
    fc.assert(
      fc.property(request, (drawn) => {
        const text = exception(drawn);
        const known = text === null || [...documented.values()].some((one) => one.test(text));
        expect(known, `undocumented: ${text}`).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test("has none that no request meets", () => {
    const machine = engine.machine.bind(engine);
    const broken = () => {
      engine.machine = () => {
        throw new Error("defect");
      };
      const text = exception({ command: "get_board_position", args: ["m", 0, 0, 0] });
      engine.machine = machine;
      return text;
    };
    const refused = (reason: string) => {
      const { refusal } = engine;
      engine.refusal = () => reason;
      const text = exception(create([1]));
      engine.refusal = refusal;
      return text;
    };
    const beyond = (changed: Partial<ClientLimits>, request: object) => {
      limits = { ...STANDARD_CLIENT_LIMITS, ...changed };
      const text = exception(request);
      limits = STANDARD_CLIENT_LIMITS;
      return text;
    };
    exception({ command: "notify_job", args: [1] });
    const watch = { command: "notify_job", args: [2] };
    const nested = JSON.parse(`${"[".repeat(1001)}${"]".repeat(1001)}`);
    const met = [
      exception({ command: "version", args: [1] }),
      exception({ command: "version", kwargs: { x: 1 } }),
      exception({ command: "get_job_state", args: [1], kwargs: { job_id: 1 } }),
      exception({ command: "get_job_state" }),
      exception({ command: "get_job_state", args: [[]] }),
      broken(),
      exception(create([], {})),
      exception(create([1, 2, 3, 4, 5, 6, 7, 8])),
      exception(create([1.5])),
      exception(create([1], { owner: "o".repeat(MAX_OWNER_CHARS + 1) })),
      exception(create([1], { ...owner, machine: "m", tags: [] })),
      exception(create([1], { ...owner, require_torus: true })),
      exception(create([1], { ...owner, tags: Array(MAX_TAGS).fill("x".repeat(MAX_NAME_CHARS)) })),
      exception(create([1], { ...owner, tags: Array(MAX_TAGS + 1).fill("x") })),
      beyond({ jobsPerHost: 0 }, create([1])),
      beyond({ totalJobs: 0 }, create([1])),
      beyond({ jobBytesPerHost: 0 }, create([1])),
      beyond({ totalJobBytes: 0 }, create([1])),
      exception(create([1], { owner: nested })),
      refused("the server cannot save its state at present, its disk may be full: …"),
      refused("the server has as many jobs as it can keep: …"),
      exception({ command: "where_is", args: [1] }),
      exception({ command: "where_is", kwargs: { x: 1 } }),
      beyond({ watches: 1 }, watch),
      beyond({ watchesPerHost: 1 }, watch),
      beyond({ totalWatches: 1 }, watch),
    ];
    for (const [text, pattern] of documented) {
      expect(
        met.some((one) => one !== null && pattern.test(one)),
        text,
      ).toBe(true);
    }
  });
});

describe("the document of the faults", () => {
  const documented = patterns("## Faults that end the connection", 2);

  test("has a place for each, and none that no line meets", () => {
    const reasonOf = (line: string): string => {
      const { lines, fault } = new LineSplitter().push(Buffer.from(`${line}\n`, "latin1"), 40_000);
      if (fault !== null) return faultOf(fault, 40_000)!.message;
      try {
        dispatch(lines[0]!, context, caller, quiet);
      } catch (error) {
        if (error instanceof ProtocolFault) return error.message;
        throw error;
      }
      throw new Error(`${line} is no fault`);
    };
    const met = [
      "garbage",
      "5",
      "{}",
      '{"command":5}',
      '{"command":"other"}',
      '{"command":"version","args":5}',
      '{"command":"version","kwargs":5}',
      "\xff\xfe",
      "x".repeat(40_001),
      "[".repeat(1025),
      `[${"1,".repeat(10_000)}1]`,
    ].map(reasonOf);
    for (const reason of met) {
      const known = [...documented.values()].some((one) => one.test(reason));
      expect(known, `undocumented: ${reason}`).toBe(true);
    }
    for (const [text, pattern] of documented) {
      expect(
        met.some((reason) => pattern.test(reason)),
        text,
      ).toBe(true);
    }
  });
});
