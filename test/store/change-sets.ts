/** Random change sets, and what a state holds after some of them. */
import fc from "fast-check";
import type { Allocation } from "../../src/domain/allocation.js";
import type {
  ChangeSet,
  Counters,
  MachineRecord,
  SavedState,
  TableChanges,
} from "../../src/engine/contract/records.js";
import { quarantineKey } from "../../src/engine/contract/records.js";
import { cooldown, endedJobRecord, HIGH_COUNTERS, job, machine, quarantine } from "./records.js";

/** The tables, and what the rows of each are known by. */
const KEY_OF = {
  jobs: ({ jobId }) => String(jobId),
  endedJobs: ({ jobId }) => String(jobId),
  cooldowns: ({ cooldownId }) => String(cooldownId),
  quarantine: (row) => JSON.stringify(quarantineKey(row)),
  machines: ({ machineId }) => String(machineId),
} satisfies { [T in TableName]: (row: SavedState[T][number]) => string };

type TableName = Exclude<keyof SavedState, "counters">;

/** Rows in the order of their keys as texts, so that the tables' own order does not count. */
export type Content = { readonly [T in TableName]: readonly object[] } & {
  readonly counters: Counters;
};

/** Few keys, so that sets meet in them. */
const fewIds = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constant(2 ** 33));

function changesOf<Row, Key>(
  rows: fc.Arbitrary<Row>,
  keys: fc.Arbitrary<Key>,
  withKey: (row: Row, key: Key) => Row,
): fc.Arbitrary<TableChanges<Row, Key>> {
  const distinct = { maxLength: 3, selector: ([, key]: [unknown, Key]) => JSON.stringify(key) };
  return fc.record({
    put: fc
      .uniqueArray(fc.tuple(rows, keys), distinct)
      .map((put) => put.map(([row, key]) => withKey(row, key))),
    delete: fc.uniqueArray(keys, { maxLength: 3, selector: (key) => JSON.stringify(key) }),
  });
}

/** Jobs and cooldowns have boards of this one, each its own: records that contradict others are excluded. */
const MACHINE: MachineRecord = {
  machineId: 99,
  priority: 0,
  description: {
    name: "m",
    tags: [],
    width: 8,
    height: 2,
    deadBoards: [],
    deadLinks: [],
    boardLocations: [],
    bmpIps: [],
    spinnakerIps: [],
  },
};

/** Some of the boards of a triad of the machine, one for each id of {@link fewIds}. */
function inOwnTriad<Row extends { readonly allocation: Allocation }>(
  row: Row,
  { id, y }: { readonly id: number; readonly y: number },
): Row & { readonly machineId: number } {
  const { board, missing } = row.allocation;
  const lacks = [0, 1].filter((z) => missing.includes(z));
  const triad = { x: id % 8, y, width: 1, height: 1 };
  const allocation = { ...triad, board, missing: board === null ? lacks : [] };
  return { ...row, machineId: MACHINE.machineId, allocation };
}

function withMachine(changes: TableChanges<MachineRecord>): TableChanges<MachineRecord> {
  return { ...changes, put: [...changes.put, MACHINE] };
}

/** Not those of jobs that live. */
const endedIds = fewIds.map((id) => id + 10);

/** With any content in the rows. */
export const arbitraryChanges: fc.Arbitrary<ChangeSet> = fc.record({
  jobs: changesOf(job, fewIds, (row, jobId) => ({
    ...row,
    jobId,
    placement: row.placement && inOwnTriad(row.placement, { id: jobId, y: 0 }),
  })),
  endedJobs: changesOf(endedJobRecord, endedIds, (row, jobId) => ({ ...row, jobId })),
  cooldowns: changesOf(cooldown, fewIds, (row, cooldownId) =>
    inOwnTriad({ ...row, cooldownId }, { id: cooldownId, y: 1 }),
  ),
  quarantine: changesOf(
    quarantine,
    fc.tuple(fc.constantFrom("", "m", "ma", "ß\0"), fc.nat({ max: 2 })),
    (row, [bmp, number]) => ({ ...row, bmp, number }),
  ),
  machines: changesOf(machine, fewIds, (row, machineId) => ({ ...row, machineId })).map(
    withMachine,
  ),
  counters: fc
    .nat({ max: 1000 })
    .map((less) => ({ ...HIGH_COUNTERS, nextJobId: HIGH_COUNTERS.nextJobId - less })),
});

/** What a state holds that held nothing before. */
export function contentAfter(sets: readonly ChangeSet[]): Content {
  const tables = {
    jobs: new Map<string, object>(),
    endedJobs: new Map<string, object>(),
    cooldowns: new Map<string, object>(),
    quarantine: new Map<string, object>(),
    machines: new Map<string, object>(),
  };
  let counters: Counters = { nextJobId: 1, nextMachineId: 1, nextCooldownId: 1 };
  const apply = <Row extends object, Key>(
    table: Map<string, object>,
    changes: TableChanges<Row, Key>,
    keyOf: (row: Row) => string,
  ): void => {
    for (const key of changes.delete) {
      table.delete(typeof key === "number" ? String(key) : JSON.stringify(key));
    }
    for (const row of changes.put) table.set(keyOf(row), row);
  };
  for (const changes of sets) {
    apply(tables.jobs, changes.jobs, KEY_OF.jobs);
    apply(tables.endedJobs, changes.endedJobs, KEY_OF.endedJobs);
    apply(tables.cooldowns, changes.cooldowns, KEY_OF.cooldowns);
    apply(tables.quarantine, changes.quarantine, KEY_OF.quarantine);
    apply(tables.machines, changes.machines, KEY_OF.machines);
    counters = changes.counters ?? counters;
  }
  return {
    counters,
    jobs: byKey(tables.jobs),
    endedJobs: byKey(tables.endedJobs),
    cooldowns: byKey(tables.cooldowns),
    quarantine: byKey(tables.quarantine),
    machines: byKey(tables.machines),
  };
}

export function contentOf(state: SavedState): Content {
  const puts = <Row>(put: readonly Row[]) => ({ put, delete: [] });
  return contentAfter([
    {
      jobs: puts(state.jobs),
      endedJobs: puts(state.endedJobs),
      cooldowns: puts(state.cooldowns),
      quarantine: puts(state.quarantine),
      machines: puts(state.machines),
      counters: state.counters,
    },
  ]);
}

function byKey(table: ReadonlyMap<string, object>): object[] {
  return [...table.keys()].sort().map((key) => table.get(key)!);
}
