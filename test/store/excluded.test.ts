/** Records that cannot be used do not keep a server from starting: they are excluded, and kept. */
import { describe, expect, it } from "vitest";
import type { JobRecord, MachineRecord, SavedState } from "../../src/engine/contract/records.js";
import { DamagedRecordError, readSnapshot } from "../../src/store/index.js";
import { StateDatabase } from "../../src/store/lmdb/database.js";
import { seal } from "../../src/store/records/checksum.js";
import { jobCodec } from "../../src/store/records/job-codecs.js";
import { countersCodec } from "../../src/store/records/machine-codecs.js";
import {
  cooldownsTable,
  endedJobsTable,
  jobsTable,
  machinesTable,
  quarantineTable,
  type TableName,
  type Write,
} from "../../src/store/records/tables.js";
import { openState, visitState } from "./open.js";
import { emptyDirectory, queuedJob, RecordingLog } from "./records.js";

const idKey = (id: number) => Buffer.from([0, 0, 0, 0, 0, 0, 0, id]);
const COUNTERS = Buffer.from("counters");
const NEXT = { nextJobId: 10, nextMachineId: 3, nextCooldownId: 5 };

/** A state to which somebody did the writes. */
async function withRows(writes: readonly Write[]): Promise<string> {
  const directory = emptyDirectory();
  await visitState(directory);
  const database = new StateDatabase(directory, "relaxed", new RecordingLog());
  database.openTables();
  const value = seal(COUNTERS, countersCodec.encode(NEXT));
  database.transaction(() => [{ table: "meta", key: COUNTERS, value }, ...writes]);
  await database.close();
  return directory;
}

const garbage = (table: TableName | "meta", key: Buffer): Write => ({
  table,
  key,
  value: Buffer.from(`garbage in ${table}`),
});

/** What a start makes of it. */
async function start(directory: string, { log = new RecordingLog(), salvage = false } = {}) {
  const store = await openState(directory, { log, salvage });
  try {
    return { state: await store.load(), excluded: store.excluded, log };
  } finally {
    await store.close();
  }
}

const at = (x: number) => ({ x, y: 0, width: 1, height: 1, board: null, missing: [] });

const onMachine = (jobId: number, machineId: number, x: number): JobRecord => ({
  ...queuedJob(jobId),
  placement: { machineId, allocation: at(x), power: true, powerPending: false, everReady: true },
});

/** Of 2 × 1 triads; board [1, 0, 2] has no position. */
const MACHINE: MachineRecord = {
  machineId: 1,
  priority: 0,
  description: {
    name: "m",
    tags: ["default"],
    width: 2,
    height: 1,
    deadBoards: [],
    deadLinks: [],
    boardLocations: [
      [
        [0, 0, 0],
        [0, 0, 0],
      ],
      [
        [0, 0, 1],
        [0, 0, 1],
      ],
      [
        [0, 0, 2],
        [0, 0, 2],
      ],
      [
        [1, 0, 0],
        [0, 0, 3],
      ],
      [
        [1, 0, 1],
        [0, 0, 4],
      ],
    ],
    bmpIps: [[[0, 0], "10.0.0.1"]],
    spinnakerIps: [],
  },
};

/** Of a machine all boards that have a position are powered off, but those of the triad at x = 0. */
const OTHERS_OFF = {
  jobId: null,
  machineId: 1,
  poweredOffAtMs: null,
  allocation: { x: 0, y: 0, width: 2, height: 1, board: null, missing: [0, 1, 2, 5] },
};

const lost = (jobId: number) => ({ jobId, reason: { code: "recordDamaged" } });

describe("a record that cannot be used", () => {
  const sealed = (id: number, message: Buffer) => seal(idKey(id), message);
  it.each([
    ["bytes of something else", 7, Buffer.from("garbage"), /^its checksum is wrong/],
    ["nothing in it", 7, Buffer.alloc(0), /^it is too short/],
    ["a field missing", 7, sealed(7, Buffer.alloc(0)), /^jobId is missing/],
    ["the id of another", 7, sealed(7, jobCodec.encode(queuedJob(8))), /another key/],
    ["an id never given", 10, sealed(10, jobCodec.encode(queuedJob(10))), /never given/],
  ])(
    "with %s is excluded, and kept as it is over further starts",
    async (_, id, value, problem) => {
      const directory = await withRows([
        machinesTable.write(MACHINE),
        jobsTable.write(onMachine(3, 1, 0)),
        { table: "jobs", key: idKey(id), value },
      ]);
      const first = await start(directory);
      expect(first.state).toMatchObject({
        jobs: [{ jobId: 3 }],
        endedJobs: id === 7 ? [lost(7)] : [],
        machines: [{ machineId: 1 }],
        cooldowns: [{ ...OTHERS_OFF, cooldownId: 5 }],
        counters: { ...NEXT, nextCooldownId: 6 },
      });
      const named = { number: 1, table: "jobs", key: String(id) };
      expect(first.excluded).toEqual([
        { ...named, problem: expect.stringMatching(problem), excludedAtMs: expect.any(Number) },
      ]);
      expect(first.log.of("error")).toEqual([
        expect.stringMatching(
          new RegExp(
            `^record ${id} of table jobs cannot be used .* excluded as number 1; job ${id} is`,
          ),
        ),
      ]);
      const second = await start(directory);
      expect(second.state).toEqual(first.state);
      expect(second.excluded).toEqual(first.excluded);
      expect(second.log.of("error")).toEqual([]);
      expect(second.log.of("warn")).toEqual([
        expect.stringMatching(/^1 excluded record of earlier starts is kept/),
      ]);
      const { excluded, damaged } = await readSnapshot(directory);
      expect(damaged).toEqual([]);
      expect(excluded).toMatchObject([{ number: 1, table: "jobs", key: idKey(id), value }]);
    },
  );

  it.each([
    ["two jobs on one board: the younger one", jobsTable.write(onMachine(4, 1, 0)), [lost(4)]],
    ["a job on a machine that is not there", jobsTable.write(onMachine(5, 2, 0)), [lost(5)]],
    ["a job on boards that its machine lacks", jobsTable.write(onMachine(6, 1, 7)), [lost(6)]],
    [
      "a cooldown of boards that a job has",
      cooldownsTable.write({
        ...{ cooldownId: 1, jobId: 2, machineId: 1, poweredOffAtMs: 1 },
        allocation: at(0),
      }),
      [],
    ],
    ["garbage among the cooldowns", garbage("rests", idKey(1)), []],
  ])("%s: no board belongs to two, and what may be on is powered off", async (_, write, ended) => {
    const directory = await withRows([
      machinesTable.write(MACHINE),
      jobsTable.write(onMachine(3, 1, 0)),
      write,
    ]);
    const { state, excluded } = await start(directory);
    expect(state).toMatchObject({
      jobs: [{ jobId: 3 }],
      endedJobs: ended,
      cooldowns: [{ ...OTHERS_OFF, cooldownId: 5 }],
    });
    expect(excluded).toMatchObject([{ table: write.table }]);
  });

  it("of a machine takes its jobs along, and the boards of the others are powered off", async () => {
    const directory = await withRows([
      machinesTable.write(MACHINE),
      jobsTable.write(onMachine(3, 1, 0)),
      jobsTable.write(onMachine(4, 2, 0)),
      garbage("machines", idKey(2)),
    ]);
    const { state, excluded } = await start(directory);
    expect(state).toMatchObject({ jobs: [{ jobId: 3 }], endedJobs: [lost(4)] });
    expect(state.cooldowns).toMatchObject([OTHERS_OFF]);
    expect(excluded).toMatchObject([
      { table: "machines", key: "2" },
      { table: "jobs", key: "4" },
    ]);
  });

  it("of a board in quarantine leaves the board there, to be tested", async () => {
    const key = quarantineTable.keyBytes(["10.0.0.1", 4]);
    const elsewhere = quarantineTable.keyBytes(["10.0.0.9", 4]);
    const directory = await withRows([
      machinesTable.write(MACHINE),
      garbage("quarantine", key),
      garbage("quarantine", elsewhere),
    ]);
    const { state, excluded } = await start(directory);
    expect(state.quarantine).toMatchObject([
      {
        ...{ bmp: "10.0.0.1", number: 4, machineName: "m", board: 4 },
        ...{ coordinates: [1, 0, 1], position: [0, 0, 4], active: true, mayBeOn: true },
      },
    ]);
    expect(excluded).toHaveLength(2);
  });

  it("of an ended job, or one of a job that lives, is excluded and no more happens", async () => {
    const [ended] = [endedJob(3), endedJob(4)].map((job) => endedJobsTable.write(job));
    const directory = await withRows([
      machinesTable.write(MACHINE),
      jobsTable.write(onMachine(3, 1, 0)),
      ended!,
      garbage("retired", idKey(4)),
    ]);
    const { state, excluded } = await start(directory);
    expect(state).toMatchObject({ jobs: [{ jobId: 3 }], endedJobs: [], cooldowns: [] });
    expect(excluded).toMatchObject([{ key: "4" }, { key: "3", problem: "its job lives" }]);
  });

  it("of the counters: no id is given again", async () => {
    const directory = await withRows([jobsTable.write(queuedJob(9)), garbage("meta", COUNTERS)]);
    const { state, excluded } = await start(directory);
    expect(state.jobs).toMatchObject([{ jobId: 9 }]);
    expect(state.counters.nextJobId).toBeGreaterThan(1_000_000);
    expect(state.counters.nextMachineId).toBeGreaterThan(1_000_000);
    expect(excluded).toMatchObject([{ table: "meta", key: "counters" }]);
    expect((await start(directory)).state.counters).toEqual(state.counters);
  });

  it("of an excluded record is excluded in turn, under a number of its own", async () => {
    const directory = await withRows([garbage("jobs", idKey(7)), garbage("excluded", idKey(4))]);
    const { excluded } = await start(directory);
    expect(excluded).toMatchObject([
      { number: 5, table: "jobs" },
      { number: 6, table: "excluded", key: "4" },
    ]);
  });

  it("is dropped for good when an operator says so, and the others stay", async () => {
    const directory = await withRows([7, 8, 9].map((id) => garbage("jobs", idKey(id))));
    const store = await openState(directory);
    await store.dropExcluded([1, 3]);
    expect(store.excluded).toMatchObject([{ number: 2, key: "8" }]);
    await store.close();
    expect((await readSnapshot(directory)).excluded).toMatchObject([{ number: 2 }]);
    expect((await start(directory)).excluded).toMatchObject([{ number: 2, key: "8" }]);
  });

  it("stays over a cold start, which keeps the ids", async () => {
    const directory = await withRows([garbage("jobs", idKey(7))]);
    const store = await openState(directory);
    await store.clear();
    expect(await store.load()).toMatchObject({ jobs: [], endedJobs: [], counters: NEXT });
    expect(store.excluded).toHaveLength(1);
    await store.close();
    expect((await readSnapshot(directory)).excluded).toHaveLength(1);
  });
});

describe("a table of which nothing can be read", () => {
  const damaged = () => withRows([5, 6, 7, 8].map((id) => garbage("jobs", idKey(id))));

  it("is more than single records: the state is refused, and left as it is", async () => {
    const directory = await damaged();
    const log = new RecordingLog();
    for (let attempt = 0; attempt < 2; attempt++) {
      const store = await openState(directory, { log });
      await expect(store.load()).rejects.toThrow(DamagedRecordError);
      await store.close();
    }
    expect(log.of("error")).toHaveLength(8);
    const { excluded, damaged: rows } = await readSnapshot(directory);
    expect(excluded).toEqual([]);
    expect(rows).toHaveLength(4);
  });

  it("is excluded with --salvage", async () => {
    const { state, excluded } = await start(await damaged(), { salvage: true });
    expect(state.endedJobs).toMatchObject([lost(5), lost(6), lost(7), lost(8)]);
    expect(excluded).toHaveLength(4);
  });

  it("does not stand in the way of a cold start", async () => {
    const directory = await damaged();
    const store = await openState(directory);
    await store.clear();
    expect(await store.load()).toMatchObject({ jobs: [], counters: NEXT });
    await store.close();
  });

  it("with one record that can be read is damaged records, each excluded", async () => {
    const rows = [5, 6, 7, 8].map((id) => garbage("jobs", idKey(id)));
    const { state, excluded } = await start(
      await withRows([jobsTable.write(queuedJob(1)), ...rows]),
    );
    expect(state.jobs).toMatchObject([{ jobId: 1 }]);
    expect(excluded).toHaveLength(4);
  });
});

it("a sound state is left as it is, also with --salvage, which says so", async () => {
  const directory = await withRows([jobsTable.write(queuedJob(5))]);
  const before = await start(directory);
  const after = await start(directory, { salvage: true });
  expect(after.state).toEqual(before.state);
  expect(after.log.of("info")).toEqual([expect.stringContaining("nothing to salvage")]);
});

function endedJob(jobId: number): SavedState["endedJobs"][number] {
  return {
    ...{ jobId, order: 1, wasQueued: false, reason: { code: "keepaliveExpired" } },
    ...{ owner: null, host: null, startTimeS: null, endedAtMs: null, actor: null, boards: null },
  };
}
