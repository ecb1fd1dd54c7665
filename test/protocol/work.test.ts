/** From bytes to answers, nothing takes more than its share of time, whatever a client sends. */
import { afterAll, describe, test } from "vitest";
import { LineSplitter } from "../../src/json/index.js";
import { InputQueue } from "../../src/protocol/connection/input-queue.js";
import { contextOf } from "../../src/protocol/context.js";
import type { Caller } from "../../src/protocol/requests/command.js";
import { dispatch } from "../../src/protocol/requests/dispatch.js";
import { ProtocolFault } from "../../src/protocol/requests/errors.js";
import { VALUES } from "../json/adversarial.js";
import { CLIENT } from "../support/actors.js";
import { expectLinear, WorkCounter } from "../support/work.js";
import { FakeEngine, plainMachine } from "./fake-engine.js";

const LIMIT = 1 << 20;
const CHUNK_BYTES = 1_000;

const logged: string[] = [];
const note = (fields: object, message: string) => void logged.push(JSON.stringify(fields), message);
const LOG = { debug: note, info: note, warn: note, error: note };

/** As a connection does: to lines, each of which is answered. */
function serve(bytes: Buffer): void {
  const context = contextOf(new FakeEngine([plainMachine("m", 4, 2)]));
  const caller = {
    actor: CLIENT,
    awaitsCommit: false,
    jobsChanged() {},
    machinesChanged() {},
  } as Caller;
  const splitter = new LineSplitter();
  const inputs = new InputQueue();
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    inputs.add(splitter.push(bytes.subarray(at, at + CHUNK_BYTES), LIMIT).lines, null);
  }
  while (inputs.length > 0) {
    try {
      const answer = dispatch(inputs.take() as string, context, caller, LOG);
      if (typeof answer === "function") answer(() => {});
    } catch (error) {
      if (!(error instanceof ProtocolFault)) throw error;
      LOG.info({ reason: error.message }, "client disconnected");
      inputs.clear();
    }
  }
}

const LINES: Readonly<Record<string, (value: string) => string>> = {
  "as a line": (value) => value,
  "as args": (value) => `{"command":"create_job","args":${value},"kwargs":{"owner":"me"}}`,
  "as kwargs": (value) => `{"command":"create_job","kwargs":${value}}`,
  "as owner": (value) => `{"command":"create_job","kwargs":{"owner":${value}}}`,
  "as tags": (value) => `{"command":"create_job","kwargs":{"owner":"me","tags":${value}}}`,
  "as what means nothing": (value) => `{"command":"version","kwargs":{"client":${value}}}`,
  "as kwargs of where_is": (value) => `{"command":"where_is","kwargs":${value}}`,
  "as a reason": (value) => `{"command":"destroy_job","args":[1],"kwargs":{"reason":${value}}}`,
  "as the name of a machine": (value) => `{"command":"notify_machine","args":[${value}]}`,
  "as a command": (value) => `{"command":${value}}`,
};

const STREAMS: Readonly<Record<string, (length: number) => string>> = {
  "blank lines": (length) => "\n".repeat(length),
  "\\r\\n": (length) => "\r\n".repeat(length / 2),
  "lines of white space": (length) => `${" \t\r".repeat(30)}\n`.repeat(length / 91),
  "a line of white space": (length) => `${" \t\r\u00a0".repeat(length / 5)}\n`,
  "requests that are short": (length) => '{"command":"version"}\n'.repeat(length / 22),
  "no requests": (length) => "x\n".repeat(length / 2),
};

const counter = new WorkCounter();
afterAll(() => counter.close());

async function expectLinearAnswers(what: string, text: (length: number) => string): Promise<void> {
  await expectLinear(counter, what, (length) => {
    const bytes = Buffer.from(`${text(length)}\n`);
    return () => serve(bytes);
  });
}

describe("four times as much from a client is four times the work, not sixteen times", () => {
  test.each(Object.entries(LINES))("%s", async (place, line) => {
    for (const [name, value] of Object.entries(VALUES)) {
      await expectLinearAnswers(`${name} ${place}`, (length) => line(value(length)));
    }
  });

  test.each(Object.entries(STREAMS))("%s", async (name, stream) => {
    await expectLinearAnswers(name, stream);
  });
});
