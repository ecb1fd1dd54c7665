/** What every store has to pass: the contract of src/engine/contract/store-port.ts as tests. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ChangeSet } from "../../src/engine/contract/records.js";
import type { Store, StoreOptions } from "../../src/engine/contract/store-port.js";
import { arbitraryChanges, type Content, contentAfter, contentOf } from "./change-sets.js";
import { HIGH_COUNTERS, NO_CHANGES, queuedJob } from "./records.js";

/** A state of its own for one test, which holds nothing at first. */
export interface StateUnderTest {
  /** Opens it, as a server that starts does. */
  open(options: StoreOptions): Promise<Store>;
  /** Another holder takes the state from whoever has it open, and ends without closing it. */
  takeAway(): Promise<void>;
}

/** A process that has the state open, and what its store told it. */
class Holder {
  store!: Store;
  /** Numbers of the change sets that were reported, counted from 0, in the order of the reports. */
  readonly durable: number[] = [];
  readonly lost: Error[] = [];
  private committed = 0;

  static async of(state: StateUnderTest): Promise<Holder> {
    const holder = new Holder();
    holder.store = await state.open({ onLost: (reason) => void holder.lost.push(reason) });
    return holder;
  }

  commit(changes: ChangeSet): void {
    const number = this.committed++;
    this.store.commit(changes, () => this.durable.push(number));
  }

  /** Commits a set of which only its order matters. */
  commitJob(jobId: number): void {
    const jobs = { put: [queuedJob(jobId)], delete: [] };
    this.commit({ ...NO_CHANGES, jobs, counters: HIGH_COUNTERS });
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Long enough for whatever is wrongly still to come. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 50));

async function contentIn(state: StateUnderTest): Promise<Content> {
  const { store } = await Holder.of(state);
  const content = contentOf(await store.load());
  await store.close();
  return content;
}

const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);

/** Change sets, and how many turns pass after each. */
const sessions = fc.array(
  fc.record({ changes: arbitraryChanges, turns: fc.integer({ min: 0, max: 3 }) }),
  { minLength: 1, maxLength: 8 },
);

/** `freshState` gives another state each time. */
export function describeStore(name: string, freshState: () => StateUnderTest): void {
  describe(`${name}: what is committed`, () => {
    it("is nothing at first, with ids from 1", async () => {
      const { store } = await Holder.of(freshState());
      expect(await store.load()).toEqual({
        counters: { nextJobId: 1, nextMachineId: 1, nextCooldownId: 1 },
        jobs: [],
        endedJobs: [],
        cooldowns: [],
        quarantine: [],
        machines: [],
      });
      await store.close();
    });

    it("is loaded by the next holder as if every table were a map, and reported in order", async () => {
      await fc.assert(
        fc.asyncProperty(sessions, async (session) => {
          const state = freshState();
          const holder = await Holder.of(state);
          for (const { changes, turns } of session) {
            holder.commit(changes);
            for (let n = 0; n < turns; n++) await turn();
          }
          await holder.store.close();
          expect(holder.durable).toEqual(numbers(session.length));
          expect(holder.lost).toEqual([]);
          expect(await contentIn(state)).toEqual(
            contentAfter(session.map(({ changes }) => changes)),
          );
        }),
        { numRuns: 60 },
      );
    });

    it("is reported once it is durable, later than the call, without being asked to close", async () => {
      const holder = await Holder.of(freshState());
      for (const n of numbers(5)) {
        holder.commitJob(n + 1);
        expect(holder.durable).toEqual(numbers(n));
        await until(() => holder.durable.length === n + 1);
      }
      await holder.store.close();
    });

    it("may be committed from within a report", async () => {
      const holder = await Holder.of(freshState());
      await new Promise<void>((resolve) =>
        holder.store.commit(NO_CHANGES, () => holder.store.commit(NO_CHANGES, resolve)),
      );
      await holder.store.close();
    });

    it("may be ten thousand jobs at once; they come by ascending id, past 32 bits", async () => {
      const ids = [2 ** 40, 3, 2 ** 32, 255, 256, 2 ** 32 - 1, 1];
      const put = [...ids, ...numbers(10_000).map((n) => 1000 + n)].map(queuedJob);
      const state = freshState();
      const holder = await Holder.of(state);
      holder.commit({ ...NO_CHANGES, jobs: { put, delete: [] }, counters: HIGH_COUNTERS });
      await holder.store.close();
      const { store } = await Holder.of(state);
      expect((await store.load()).jobs).toEqual(put.toSorted((a, b) => a.jobId - b.jobId));
      await store.close();
    });
  });

  describe(`${name}: clear`, () => {
    it("forgets everything but the counters, for good", async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryChanges, async (changes) => {
          const state = freshState();
          const before = await Holder.of(state);
          before.commit(changes);
          await before.store.close();
          const { store } = await Holder.of(state);
          await store.clear();
          const cleared = contentAfter([{ ...NO_CHANGES, counters: changes.counters }]);
          expect(contentOf(await store.load())).toEqual(cleared);
          await store.close();
          expect(await contentIn(state)).toEqual(cleared);
        }),
        { numRuns: 10 },
      );
    });
  });

  describe(`${name}: close`, () => {
    it("waits for all that was committed", async () => {
      const state = freshState();
      const holder = await Holder.of(state);
      for (const n of numbers(20)) holder.commitJob(n + 1);
      await holder.store.close();
      expect(holder.durable).toEqual(numbers(20));
    });

    it("lets nothing in after it", async () => {
      const state = freshState();
      const holder = await Holder.of(state);
      holder.commitJob(1);
      const closed = holder.store.close();
      expect(() => holder.commitJob(2)).toThrow();
      await closed;
      expect(() => holder.commitJob(3)).toThrow();
      await aWhile();
      expect(holder.durable).toEqual([0]);
      expect(holder.lost).toEqual([]);
      expect((await contentIn(state)).jobs).toEqual([queuedJob(1)]);
    });

    it("leaves the state closed in order, which the next holder can tell", async () => {
      const state = freshState();
      for (let round = 0; round < 2; round++) {
        const { store } = await Holder.of(state);
        expect(store.leftOpen).toBe(false);
        await store.close();
      }
      const { store } = await Holder.of(state);
      await state.takeAway();
      const next = await Holder.of(state);
      expect(next.store.leftOpen).toBe(true);
      await next.store.close();
      await expect(store.close()).rejects.toThrow();
    });

    it("can be closed as it was found, so that the next holder is told what this one was", async () => {
      const state = freshState();
      const unused = async () => {
        const { store } = await Holder.of(state);
        await store.close(true);
        return store.leftOpen;
      };
      expect([await unused(), await unused()]).toEqual([false, false]);
      await Holder.of(state);
      await state.takeAway();
      expect([await unused(), await unused()]).toEqual([true, true]);
      const { store } = await Holder.of(state);
      await store.close();
      expect([store.leftOpen, await unused()]).toEqual([true, false]);
    });
  });

  describe(`${name}: one holder`, () => {
    it("is all a state has: another is refused, or takes it over and the first is lost", async () => {
      const state = freshState();
      const first = await Holder.of(state);
      const [attempt] = await Promise.allSettled([Holder.of(state)]);
      const refused = attempt.status === "rejected";
      first.commitJob(1);
      if (refused) await until(() => first.durable.length === 1);
      else await until(() => first.lost.length === 1);
      expect(first.durable).toHaveLength(refused ? 1 : 0);
      await Promise.allSettled([first.store.close()]);
      if (!refused) await attempt.value.store.close();
      expect((await contentIn(state)).jobs).toHaveLength(refused ? 1 : 0);
    });

    it("that lost the state is told so once, and is never told of a commit again", async () => {
      const holder = await lostHolder(freshState());
      const [reason] = holder.lost;
      for (let n = 0; n < 5; n++) {
        holder.commitJob(100 + n);
        await turn();
      }
      await aWhile();
      await expect(holder.store.load()).rejects.toBe(reason);
      await expect(holder.store.close()).rejects.toBe(reason);
      expect(holder.durable).toEqual([0]);
      expect(holder.lost).toEqual([reason]);
    });

    it("that lost the state takes nothing from the next, not even by closing", async () => {
      const state = freshState();
      const former = await lostHolder(state);
      const next = await Holder.of(state);
      await expect(former.store.close()).rejects.toThrow();
      next.commitJob(7);
      await next.store.close();
      expect(next.durable).toEqual([0]);
      expect(next.lost).toEqual([]);
    });

    it("leaves to the next all that was reported, and nothing by half, whenever it is lost", async () => {
      await fc.assert(
        fc.asyncProperty(sessions, fc.nat({ max: 12 }), async (session, turns) => {
          const state = freshState();
          const holder = await Holder.of(state);
          for (const { changes } of session) holder.commit(changes);
          for (let n = 0; n < turns; n++) await turn();
          await state.takeAway();
          holder.commit(NO_CHANGES);
          await Promise.allSettled([holder.store.close()]);
          const { durable, lost } = holder;
          expect(lost).toHaveLength(1);
          expect(durable).toEqual(numbers(durable.length));
          const content = await contentIn(state);
          const possible = numbers(session.length + 1)
            .slice(durable.length)
            .map((count) => contentAfter(session.slice(0, count).map(({ changes }) => changes)));
          expect(possible).toContainEqual(content);
        }),
        { numRuns: 40 },
      );
    });
  });
}

/** One that had a change set reported, then lost the state, and knows it. */
async function lostHolder(state: StateUnderTest): Promise<Holder> {
  const holder = await Holder.of(state);
  holder.commitJob(1);
  await until(() => holder.durable.length === 1);
  await state.takeAway();
  holder.commitJob(2);
  await until(() => holder.lost.length === 1);
  return holder;
}
