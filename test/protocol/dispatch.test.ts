/** Errors that nobody foresaw, in the middle of a command. */
import { expect, test } from "vitest";
import { InvariantError } from "../../src/domain/invariant.js";
import type { Caller, Context } from "../../src/protocol/requests/command.js";
import { dispatch } from "../../src/protocol/requests/dispatch.js";
import { CLIENT } from "../support/actors.js";

const CALLER = { actor: CLIENT } as Caller;

function answerWhere(error: Error): { answer: unknown; log: string[] } {
  const log: string[] = [];
  const note = (_: object, message: string) => void log.push(message);
  const machineList = {
    of: () => {
      throw error;
    },
  };
  const answer = dispatch(
    '{"command": "list_machines"}',
    { machineList } as unknown as Context,
    CALLER,
    { debug: note, info: note, warn: note, error: note },
  );
  return { answer, log };
}

test("the client is told that the command failed, and the log of the server says how", () => {
  const { answer, log } = answerWhere(new TypeError("not a function"));
  expect(JSON.stringify(answer)).toContain(
    "list_machines failed because of a defect in the server",
  );
  expect(log).toEqual([expect.stringContaining("failed because of a defect in the server")]);
});

test("an invariant that does not hold is no answer: the server must not go on", () => {
  expect(() => answerWhere(new InvariantError("job 7 ends a second time"))).toThrow(
    new InvariantError("job 7 ends a second time"),
  );
});
