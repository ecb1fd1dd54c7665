import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backUpState, readSnapshot } from "../../src/store/index.js";
import { arbitraryChanges, contentAfter, contentOf } from "./change-sets.js";
import { Committer, changeSetsIn } from "./committer-process.js";
import { openState, visitState } from "./open.js";
import { emptyDirectory } from "./records.js";

describe("a backup", () => {
  it("of an open state is a closed one with all that was committed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryChanges, { maxLength: 4 }), async (sets) => {
        const directory = emptyDirectory();
        const target = join(emptyDirectory(), "made", "by it");
        const store = await openState(directory);
        for (const changes of sets) {
          await new Promise<void>((resolve) => store.commit(changes, resolve));
        }
        await backUpState(directory, target);
        const copy = await openState(target);
        expect(copy.leftOpen).toBe(false);
        expect(contentOf(await copy.load())).toEqual(contentAfter(sets));
        await copy.close();
        await store.close();
      }),
      { numRuns: 15 },
    );
  });

  it("of a server that commits all the time is of one moment, and not of an earlier one", async () => {
    const directory = emptyDirectory();
    const committer = new Committer("stream", directory, "relaxed");
    await committer.line(({ done }) => done === 20);
    for (let i = 0; i < 10; i++) {
      const reported = committer.lastDone;
      const target = emptyDirectory();
      await backUpState(directory, target);
      expect(await changeSetsIn(target)).toBeGreaterThanOrEqual(reported);
    }
    await committer.kill("SIGTERM");
    expect(await changeSetsIn(directory)).toBe(committer.lines.at(-1)?.closed);
  });

  it("of an older state keeps its schema", async () => {
    const directory = emptyDirectory();
    const saved = new URL("../data/state/schema-1/data.mdb", import.meta.url);
    copyFileSync(saved, join(directory, "data.mdb"));
    const target = emptyDirectory();
    await backUpState(directory, target);
    const [copy, original] = [await readSnapshot(target), await readSnapshot(directory)];
    expect(copy.schema).toEqual({ version: 1, breaking: 1 });
    expect(copy.state).toEqual(original.state);
  });

  it("replaces nothing: neither another state nor any other file", async () => {
    const directory = emptyDirectory();
    await visitState(directory);
    const target = emptyDirectory();
    writeFileSync(join(target, "notes"), "mine");
    for (const to of [target, directory]) {
      const before = readdirSync(to).map((name) => readFileSync(join(to, name)));
      await expect(backUpState(directory, to)).rejects.toThrow("it is not empty");
      expect(readdirSync(to).map((name) => readFileSync(join(to, name)))).toEqual(before);
    }
  });

  it("of no state is an error, and makes no directory", async () => {
    const directory = emptyDirectory();
    await expect(backUpState(directory, join(directory, "copy"))).rejects.toThrow("no state");
    expect(readdirSync(directory)).toEqual([]);
  });
});
