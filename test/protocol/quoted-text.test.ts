/** What an exception, or the log, repeats of a client's words is short, and has nothing active in it. */
import { expect, test } from "vitest";
import { contextOf } from "../../src/protocol/context.js";
import type { Caller } from "../../src/protocol/requests/command.js";
import { dispatch } from "../../src/protocol/requests/dispatch.js";
import { CLIENT } from "../support/actors.js";
import { FakeEngine, plainMachine } from "./fake-engine.js";

const LOG = { debug() {}, info() {}, warn() {}, error() {} };
const context = contextOf(new FakeEngine([plainMachine("m", 4, 2)]));
const caller = {
  actor: CLIENT,
  awaitsCommit: false,
  jobsChanged() {},
  machinesChanged() {},
} as Caller;

const ODD = "\u001b[2J\r\n\u0007\u007f\u009b31m\u061c\u200e\u202e\u2066\u2028\u2029";
const ACTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What a client, or the log when the connection ends, is told. */
function told(request: object): string {
  try {
    const answer = dispatch(JSON.stringify(request), context, caller, LOG);
    if (typeof answer === "function") throw new TypeError("a job was created");
    return JSON.parse(answer.line).exception;
  } catch (error) {
    return (error as Error).message;
  }
}

const owner = { owner: "me" };
test.each<[string, object]>([
  ["a command", { command: ODD }],
  ["a name", { command: "version", kwargs: { [ODD]: 1 } }],
  ["names of where_is", { command: "where_is", kwargs: { [ODD]: 1, machine: "m" } }],
  ["a job id", { command: "get_job_state", args: [[ODD]] }],
  ["a number", { command: "where_is", kwargs: { machine: "m", x: ODD, y: 0, z: 0 } }],
  ["keepalive", { command: "create_job", kwargs: { ...owner, keepalive: ODD } }],
  ["min_ratio", { command: "create_job", kwargs: { ...owner, min_ratio: ODD } }],
  ["require_torus", { command: "create_job", kwargs: { ...owner, require_torus: ODD } }],
  ["tags", { command: "create_job", kwargs: { ...owner, tags: ODD } }],
  ["a size", { command: "create_job", args: [ODD], kwargs: owner }],
])("%s that is wrong", (_, request) => {
  const text = told(request);
  expect(text).not.toMatch(ACTIVE);
  expect(text.length).toBeLessThan(600);
  const long = JSON.parse(JSON.stringify(request).replaceAll("[2J", `[2J${"x".repeat(5_000)}`));
  expect(told(long)).not.toMatch(ACTIVE);
  expect(told(long).length).toBeLessThan(700);
});
