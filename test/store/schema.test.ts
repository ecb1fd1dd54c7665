import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { EndedJobRecord } from "../../src/engine/contract/records.js";
import { NewerStateError, readSnapshot } from "../../src/store/index.js";
import { StateDatabase } from "../../src/store/lmdb/database.js";
import { MIGRATIONS } from "../../src/store/migrations/list.js";
import type { Migration } from "../../src/store/migrations/migration.js";
import { currentSchema, type Schema, schemaCodec } from "../../src/store/migrations/schema.js";
import { seal, unseal } from "../../src/store/records/checksum.js";
import { endedJob } from "../engine/jobs.js";
import { openState, visitState } from "./open.js";
import { emptyDirectory, NO_CHANGES, RecordingLog } from "./records.js";

const log = new RecordingLog();

const OVER: EndedJobRecord = endedJob(1, "over");

async function stateOfSchema(schema: Schema): Promise<string> {
  const directory = emptyDirectory();
  const store = await openState(directory);
  const endedJobs = { put: [OVER], delete: [] };
  const counters = { nextJobId: 2, nextMachineId: 1, nextCooldownId: 1 };
  store.commit({ ...NO_CHANGES, endedJobs, counters }, () => {});
  await store.close();
  const database = new StateDatabase(directory, "relaxed", log);
  const key = Buffer.from("schema");
  database.transaction(() => [{ table: "meta", key, value: schemaCodec.encode(schema) }]);
  await database.close();
  return directory;
}

async function savedSchema(directory: string): Promise<Schema> {
  const database = new StateDatabase(directory, "relaxed", log);
  const bytes = database.meta("schema")!;
  await database.close();
  return schemaCodec.decode(bytes);
}

function renaming(version: number, breaking: boolean): Migration {
  return {
    version,
    breaking,
    title: `Add ${version} to every row`,
    migrate: (rows) =>
      [...rows("retired")].map(({ key, value }) => ({
        table: "retired",
        key,
        // An unknown field, as newer software might write it.
        value: seal(key, Buffer.concat([unseal(key, value), Buffer.from([15 << 3, version])])),
      })),
  };
}

describe("the schema of a state", () => {
  it("that newer software wrote in a way this one cannot read is refused and kept", async () => {
    const schema = { version: 9, breaking: 7 };
    const directory = await stateOfSchema(schema);
    await expect(openState(directory)).rejects.toThrow(NewerStateError);
    await expect(openState(directory)).rejects.toThrow(/schema 9.* from schema 7/);
    expect(await savedSchema(directory)).toStrictEqual(schema);
  });

  it("that is newer but can be read is used, and keeps its version", async () => {
    const schema = { version: 9, breaking: 2 };
    const directory = await stateOfSchema(schema);
    const store = await openState(directory);
    expect((await store.load()).endedJobs).toStrictEqual([OVER]);
    await store.close();
    expect(await savedSchema(directory)).toStrictEqual(schema);
  });

  it("that is older is migrated in order, once", async () => {
    const more = [renaming(5, false), renaming(6, true), renaming(7, false)];
    const migrations = [...MIGRATIONS, ...more];
    expect(currentSchema(migrations)).toStrictEqual({ version: 7, breaking: 6 });
    const directory = await stateOfSchema({ version: 5, breaking: 4 });
    for (let start = 0; start < 2; start++) {
      const store = await openState(directory, { migrations });
      expect((await store.load()).endedJobs).toStrictEqual([OVER]);
      await store.close();
    }
    expect(await savedSchema(directory)).toStrictEqual({ version: 7, breaking: 6 });
    const database = new StateDatabase(directory, "relaxed", log);
    database.openTables();
    const [row] = [...database.rows("retired")];
    expect([...unseal(row!.key, row!.value).subarray(-4)]).toStrictEqual([120, 6, 120, 7]);
    await database.close();
    await expect(openState(directory)).rejects.toThrow(NewerStateError);
  });

  it("of a new state is the current one", async () => {
    const directory = emptyDirectory();
    await visitState(directory);
    expect(await savedSchema(directory)).toStrictEqual({ version: 5, breaking: 4 });
  });
});

/** A state as that version wrote it, with its content beside it. */
function fixture(version: number): { directory: string; content: unknown } {
  const saved = new URL(`../data/state/schema-${version}/`, import.meta.url);
  const directory = emptyDirectory();
  copyFileSync(new URL("data.mdb", saved), join(directory, "data.mdb"));
  return { directory, content: JSON.parse(readFileSync(new URL("content.json", saved), "utf8")) };
}

describe("a state that an earlier version wrote", () => {
  it.each([1, 2, 3, 4])("version %i: is read as it was, and goes on", async (version) => {
    const { directory, content } = fixture(version);
    for (let start = 0; start < 2; start++) {
      const store = await openState(directory);
      expect(await store.load()).toEqual(content);
      await store.close();
    }
    expect(await savedSchema(directory)).toStrictEqual({ version: 5, breaking: 4 });
  });

  it.each([1, 2, 3, 4])("version %i: can be looked into without being changed", async (version) => {
    const { directory, content } = fixture(version);
    const before = readFileSync(join(directory, "data.mdb"));
    const { state, damaged, schema, holder } = await readSnapshot(directory);
    expect(state).toEqual(content);
    expect({ damaged, schema, holder }).toEqual({
      damaged: [],
      schema: { version, breaking: version },
      holder: null,
    });
    expect(readFileSync(join(directory, "data.mdb")).equals(before)).toBe(true);
  });
});
