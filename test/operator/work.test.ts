/** No request of an operator keeps clients waiting, however long it is and whatever is in it. */
import { afterAll, describe, expect, test } from "vitest";
import type { QuarantinedBoard } from "../../src/engine/contract/operator-api.js";
import { LineSplitter } from "../../src/json/index.js";
import { answerTo } from "../../src/operator/dispatch.js";
import { excludedCommands, graceCommands, quarantineCommands } from "../../src/operator/index.js";
import { MOST_CHOICES, MOST_LINE_BYTES, MOST_NUMBERS } from "../../src/operator/limits.js";
import { VALUES } from "../json/adversarial.js";
import { FakeEngine, plainMachine } from "../protocol/fake-engine.js";
import { expectLinear, WorkCounter } from "../support/work.js";

const LOG = { debug() {}, info() {}, warn() {}, error() {} };

const counter = new WorkCounter();
afterAll(() => counter.close());

const MACHINE = plainMachine("m", 48, 48);
const FRAMES = new Map(
  MACHINE.boardLocations.map(([, [cabinet, frame]]) => [`${cabinet}/${frame}`, [cabinet, frame]]),
);
const engine = new FakeEngine([
  {
    ...MACHINE,
    bmpIps: [...FRAMES.values()].map(([cabinet, frame]) => [[cabinet!, frame!], "127.0.0.1"]),
  },
]);

/** As a server of a machine of 48 × 48 triads whose operator has had `orphans` boards no machine has now. */
function commandsWith(orphans: number) {
  const records = Array.from({ length: orphans }, (_, at) => ({
    machineName: "m",
    isConfigured: false,
    active: true,
    board: at,
    coordinates: [at, at, 0],
    position: [9, at, 0],
  })) as unknown as QuarantinedBoard[];
  return {
    ...quarantineCommands({
      operator: {
        quarantine: () => records,
        silentBmps: () => new Map(),
        suspectBmps: () => new Map(),
        quarantineBoards() {},
        releaseBoards() {},
        forgetBoards() {},
      },
      machine: (name) => engine.machine(name),
      machines: () => engine.machines(),
    }),
    ...excludedCommands({ excluded: [], dropExcluded: async () => {} }, LOG),
    ...graceCommands({ jobsInGrace: () => [], endGrace: (jobs) => jobs ?? [] }),
  };
}

async function answers(text: string, orphans = 0): Promise<string> {
  const { lines } = new LineSplitter().push(Buffer.from(`${text}\n`), MOST_LINE_BYTES);
  const commands = commandsWith(orphans);
  let said = "";
  for (const line of lines) said += JSON.stringify((await answerTo(commands, line, LOG)).answer);
  return said;
}

const LINES: Readonly<Record<string, (value: string) => string>> = {
  "as a line": (value) => value,
  "as a command": (value) => `{"command":${value}}`,
  "as arguments": (value) => `{"command":"quarantine.add","arguments":${value}}`,
  "as boards": (value) =>
    `{"command":"quarantine.add","arguments":{"machine":"m","boards":${value},"reason":"x"}}`,
  "as the name of a machine": (value) =>
    `{"command":"quarantine.drop","arguments":{"machine":${value},"boards":[{"board":[0,0,0]}]}}`,
  "as a reason": (value) =>
    `{"command":"quarantine.release","arguments":{"machine":"m","boards":[{"board":[0,0,0]}],"reason":${value}}}`,
  "as numbers": (value) => `{"command":"state.drop","arguments":{"numbers":${value}}}`,
  "as jobs": (value) => `{"command":"grace.end","arguments":{"jobs":${value}}}`,
};

describe("four times as much from an operator is four times the work, not sixteen times", () => {
  test.each(Object.entries(LINES))("%s", async (place, line) => {
    for (const [name, value] of Object.entries(VALUES)) {
      await expectLinear(
        counter,
        `${name} ${place}`,
        (length) => {
          const text = line(value(length));
          return async () => expect((await answers(text)).length).toBeLessThan(8_000);
        },
        400,
      );
    }
  });

  test.each(["quarantine.add", "quarantine.release", "quarantine.drop"])(
    "boards, frames and boards that are gone, for %s",
    async (command) => {
      const steps = async (count: number) => {
        const boards = Array.from({ length: count }, (_, at) => {
          if (at % 3 === 0) return { frame: [9, at] };
          return at % 3 === 1 ? { position: [9, at, 0] } : { board: [at, at, 0] };
        });
        const reason = command === "quarantine.drop" ? {} : { reason: "x" };
        const text = JSON.stringify({ command, arguments: { machine: "m", boards, ...reason } });
        return counter.of(() => answers(text, count));
      };
      await steps(60);
      const [few, many] = [await steps(60), await steps(240)];
      expect(many, `${few} steps, then ${many}`).toBeLessThan(5 * few);
    },
  );
});

describe("more than one request may ask for", () => {
  const asked = (boards: readonly unknown[]) =>
    JSON.stringify({
      command: "quarantine.add",
      arguments: { machine: "m", boards, reason: "x" },
    });

  test("are boards and frames beyond a number, which are not looked at", async () => {
    expect(await answers(asked(Array(MOST_CHOICES + 1).fill(null)))).toContain(
      "it must be a list of at most 250 boards",
    );
  });

  test("are jobs beyond a number", async () => {
    const jobs = Array.from({ length: MOST_NUMBERS + 1 }, (_, at) => at + 1);
    expect(await answers(JSON.stringify({ command: "grace.end", arguments: { jobs } }))).toContain(
      "it must be a list of at most 1000 job ids, or null for all",
    );
    const few = { jobs: jobs.slice(1) };
    expect(await answers(JSON.stringify({ command: "grace.end", arguments: few }))).toContain(
      "result",
    );
  });

  test("are boards beyond a number in frames within it", async () => {
    const board = (at: number) => ({ board: [at % 48, Math.floor(at / 48) % 48, 0] });
    const twice = [...Array.from({ length: 200 }, (_, at) => board(at)), board(0)];
    expect(await answers(asked(twice))).toContain('"boards":200');
    const frames = [...FRAMES.values()].map((frame) => ({ frame }));
    expect(await answers(asked(frames.slice(0, 40)))).toContain('"boards":960');
    expect(await answers(asked(frames.slice(0, 42)))).toContain(
      "more than 1000 boards are meant, which is too much for one request",
    );
  });
});
