/** Whatever clients, operators and configurations can send is stored, and read as it was. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { STANDARD_CLIENT_LIMITS } from "../../src/config/client-limits.js";
import type { ClientActor } from "../../src/engine/contract/actors.js";
import type { NewJob } from "../../src/engine/contract/api.js";
import type { ChangeSet, JobRecord, SavedState } from "../../src/engine/contract/records.js";
import { answerTo, type OperatorCommands } from "../../src/operator/dispatch.js";
import { listedArguments } from "../../src/protocol/answers/listed-arguments.js";
import { COMMANDS } from "../../src/protocol/commands/index.js";
import type { Caller, Context } from "../../src/protocol/requests/command.js";
import { CommandError, ProtocolFault } from "../../src/protocol/requests/errors.js";
import { readRequest } from "../../src/protocol/requests/request.js";
import { readSnapshot } from "../../src/store/index.js";
import { jobCodec } from "../../src/store/records/job-codecs.js";
import { anyText } from "../domain/arbitraries.js";
import { contentAfter, contentOf } from "./change-sets.js";
import { openState } from "./open.js";
import {
  cooldown,
  emptyDirectory,
  endedJobRecord,
  HIGH_COUNTERS,
  job,
  machine,
  NO_CHANGES,
  quarantine,
  queuedJob,
  RecordingLog,
} from "./records.js";

/** What a server reads that starts after one that committed the changes. */
async function readBack(changes: ChangeSet): Promise<SavedState> {
  const directory = emptyDirectory();
  const store = await openState(directory);
  await new Promise<void>((resolve) => store.commit(changes, resolve));
  await store.close();
  const next = await openState(directory);
  expect(next.excluded).toEqual([]);
  const state = await next.load();
  await next.close();
  expect((await readSnapshot(directory)).state).toEqual(state);
  return state;
}

/** Fields of which the words are ours. */
const CHOICES = new Set(["kind", "code", "cause"]);

/** The value with every text replaced: by the next of these, or by what UTF-8 can hold of each. */
function mapTexts<T>(value: T, map: (text: string) => string): T {
  if (typeof value === "string") return map(value) as T;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((inner: unknown) => mapTexts(inner, map)) as T;
  const entries = Object.entries(value).map(([key, inner]: [string, unknown]) => [
    key,
    CHOICES.has(key) ? inner : mapTexts(inner, map),
  ]);
  return Object.fromEntries(entries) as T;
}

describe("any record", () => {
  it("holds any text wherever it has one, of any length, and any number", async () => {
    const onePut = <Row>(row: Row) => ({ put: [row], delete: [] });
    const texts = fc.array(
      fc.oneof(
        anyText,
        anyText.map((text) => text.repeat(50)),
      ),
      {
        minLength: 1,
        maxLength: 7,
      },
    );
    const records = fc.record({
      jobs: job.map((row) => onePut({ ...row, placement: null })),
      endedJobs: endedJobRecord.map(onePut),
      quarantine: quarantine.map(onePut),
      machines: machine.map(onePut),
    });
    await fc.assert(
      fc.asyncProperty(records, texts, async (rows, texts) => {
        fc.pre(rows.jobs.put[0]!.jobId !== rows.endedJobs.put[0]!.jobId);
        let next = 0;
        const anything = mapTexts(rows, () => texts[next++ % texts.length]!);
        const changes = { ...NO_CHANGES, ...anything, counters: HIGH_COUNTERS };
        const wellFormed = mapTexts(changes, (text) => text.toWellFormed());
        expect(contentOf(await readBack(changes))).toEqual(contentAfter([wellFormed]));
      }),
      { numRuns: 60 },
    );
  });

  it("of a cooldown holds any number that it can have", async () => {
    await fc.assert(
      fc.asyncProperty(cooldown, machine, async (row, { machineId, ...others }) => {
        const description = { ...others.description, width: 40_000, height: 40_000 };
        const allocation = { ...row.allocation, width: 1, height: 1, x: 0, y: 39_999 };
        const put = { ...row, machineId, allocation: { ...allocation, missing: [] } };
        const changes = {
          ...NO_CHANGES,
          cooldowns: { put: [put], delete: [] },
          machines: { put: [{ ...others, machineId, description }], delete: [] },
          counters: HIGH_COUNTERS,
        };
        expect(contentOf(await readBack(changes))).toEqual(contentAfter([changes]));
      }),
      { numRuns: 20 },
    );
  });
});

const actor: ClientActor = { kind: "client", host: "10.0.0.7" };

/** The job that a line of a client creates; null when it is refused. */
function jobOf(line: string): NewJob | null {
  let created: NewJob | null = null;
  const engine = {
    refusal: () => null,
    jobHoldings: () => ({ jobsOfHost: 0, totalJobs: 0, bytesOfHost: 0, totalBytes: 0 }),
    createJob: (job: NewJob) => {
      created = job;
    },
  };
  const context = { engine, limits: () => STANDARD_CLIENT_LIMITS } as unknown as Context;
  try {
    const { command, args, kwargs } = readRequest(line);
    const { call } = COMMANDS.get(command)!;
    const answer = call(args, kwargs, context, { actor } as Caller);
    if (typeof answer === "function") answer(() => {});
    return created;
  } catch (error) {
    if (error instanceof CommandError || error instanceof ProtocolFault) return null;
    throw error;
  }
}

describe("a text that an earlier version wrote", () => {
  it("is read where it wrote a lone surrogate as three bytes", () => {
    const bytes = jobCodec.encode({ ...queuedJob(1), owner: "a???b" });
    bytes.set([0xed, 0xa0, 0x80], bytes.indexOf("???"));
    expect(jobCodec.decode(bytes).owner).toBe("a\ufffd\ufffd\ufffdb");
  });
});

describe("any job that a client can create", () => {
  const number = fc.oneof(fc.integer(), fc.double({ noNaN: true }), fc.constantFrom(1e300, -0, 2));
  const nested = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      anyText,
      number,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(anyText, tie("value"), { maxKeys: 3 }),
    ),
  })).value;
  const deep = fc.nat({ max: 500 }).map((levels) => {
    const text = `${'[{"\\ud800":'.repeat(levels)}1${"}]".repeat(levels)}`;
    return JSON.parse(text) as unknown;
  });
  const orAnything = (usual: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 40, arbitrary: usual }, { weight: 1, arbitrary: nested });
  const kwargs = fc.record(
    {
      owner: fc.oneof(anyText, nested, deep),
      keepalive: orAnything(fc.oneof(number.map(Math.abs), fc.constant(null))),
      min_ratio: orAnything(number.map(Math.abs)),
      max_dead_boards: orAnything(fc.oneof(fc.nat(), fc.constant(1e300))),
      max_dead_links: orAnything(fc.oneof(fc.nat(), fc.constant(null))),
      require_torus: orAnything(fc.boolean()),
      group: fc.oneof(anyText, number),
      collab: fc.oneof(anyText, number),
      nmpi_job: fc.oneof(anyText, number),
      client: fc.oneof(nested, deep),
    },
    { requiredKeys: ["owner"] },
  );
  const where = fc.oneof(
    fc.constant({}),
    fc.record({ machine: orAnything(anyText) }),
    fc.record({ tags: orAnything(fc.array(anyText, { maxLength: 3 })) }),
  );
  const size = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constantFrom(1e300, 2));
  const args = fc.oneof(
    { weight: 5, arbitrary: fc.array(size, { maxLength: 3 }) },
    { weight: 1, arbitrary: fc.array(nested, { maxLength: 8 }) },
  );

  it("is stored, is there for the next server, and can be listed", async () => {
    let created = 0;
    await fc.assert(
      fc.asyncProperty(args, kwargs, where, async (args, others, where) => {
        const kwargs = { ...others, ...where };
        const given = jobOf(JSON.stringify({ command: "create_job", args, kwargs }));
        if (given === null) return;
        created++;
        const record: JobRecord = { ...queuedJob(1), ...given, tags: given.tags ?? [] };
        expect(mapTexts(record, (text) => text.toWellFormed())).toEqual(record);
        const jobs = { put: [record], delete: [] };
        const state = await readBack({ ...NO_CHANGES, jobs, counters: HIGH_COUNTERS });
        expect(state.jobs).toEqual([record]);
        expect(JSON.stringify(JSON.parse(`{${listedArguments(record)}}`))).not.toMatch(
          /\\ud[89a-f]/,
        );
      }),
      { numRuns: 300 },
    );
    expect(created).toBeGreaterThan(50);
  });

  it.each([
    ["half a surrogate pair, with some length", "x".repeat(60)],
    ["half a surrogate pair alone", ""],
    ["half a surrogate pair in a long text", "é".repeat(900)],
  ])("with %s in its owner does not keep the next server from starting", async (_, text) => {
    const owner = `${text}\ud800`;
    const given = jobOf(JSON.stringify({ command: "create_job", args: [], kwargs: { owner } }))!;
    const record: JobRecord = { ...queuedJob(1), ...given, tags: [] };
    const jobs = { put: [record], delete: [] };
    const state = await readBack({ ...NO_CHANGES, jobs, counters: HIGH_COUNTERS });
    expect(state.jobs[0]!.owner).toBe(`${text}\ufffd`);
  });
});

it("any reason of an operator is well-formed where it enters, or refused", async () => {
  const reasons: string[] = [];
  const commands = {
    "quarantine.add": ({ reason }: { reason: string }) => {
      reasons.push(reason);
      return { boards: 0 };
    },
  } as unknown as OperatorCommands;
  await fc.assert(
    fc.asyncProperty(anyText, async (reason) => {
      const boards = [{ board: [0, 0, 0] }];
      const request = { command: "quarantine.add", arguments: { machine: "m", boards, reason } };
      await answerTo(commands, JSON.stringify(request), new RecordingLog());
    }),
  );
  expect(reasons.length).toBeGreaterThan(10);
  expect(reasons.every((reason) => reason.isWellFormed())).toBe(true);
});
