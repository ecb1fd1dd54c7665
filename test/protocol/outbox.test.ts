import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Outbox } from "../../src/protocol/connection/outbox.js";

/** A sink that remembers each write, and is backed up when told so. */
class RecordingSink {
  readonly writes: string[] = [];
  writableLength = 0;
  writableNeedDrain = false;
  writable = true;

  private corked: string[] | null = null;

  write(chunk: string | Buffer): void {
    (this.corked ?? this.writes).push(String(chunk));
  }

  cork(): void {
    this.corked = [];
  }

  uncork(): void {
    const chunks = this.corked ?? [];
    this.corked = null;
    if (chunks.length > 0) this.write(chunks.join(""));
  }
}

const outboxOf = (sink: RecordingSink, commits: Pick<Commits, "durableMark" | "whenDurable">) =>
  new Outbox(sink, {
    durableMark: () => commits.durableMark,
    whenDurable: (mark, callback) => commits.whenDurable(mark, callback),
    sentDurable: () => undefined,
    wrote: () => undefined,
    isHalfClosed: () => false,
    finished: () => undefined,
  });

/** Commits that are durable when the test says so. */
class Commits {
  private readonly waiting = new Map<number, (() => void)[]>();

  constructor(public durableMark = 0) {}

  whenDurable(mark: number, callback: () => void): void {
    if (mark <= this.durableMark) callback();
    else this.waiting.set(mark, [...(this.waiting.get(mark) ?? []), callback]);
  }

  commit(): void {
    this.durableMark += 1;
    for (const callback of this.waiting.get(this.durableMark) ?? []) callback();
  }
}

const endOfTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("what one client is sent", () => {
  test("answers of a turn, and the notifications behind them, are one write", async () => {
    const sink = new RecordingSink();
    const outbox = outboxOf(sink, new Commits(5));
    outbox.answer({ line: "a\n", mark: 0 });
    outbox.jobsChanged([1]);
    outbox.answer({ line: "b\n", mark: 5 });
    outbox.jobsChanged([2]);
    outbox.jobsChanged([1]);
    outbox.machinesChanged(['"m"']);
    expect(sink.writes).toEqual([]);
    await endOfTurn();
    expect(sink.writes).toEqual([
      'a\nb\n{"jobs_changed":[1,2]}\n{"machines_changed":["\\"m\\""]}\n',
    ]);
  });

  test("answers come in order, each once, and none before its commit", async () => {
    const answer = fc.record({ kind: fc.constant("answer" as const), ahead: fc.nat({ max: 3 }) });
    const commit = fc.record({ kind: fc.constant("commit" as const) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(answer, commit)), async (steps) => {
        const sink = new RecordingSink();
        const commits = new Commits();
        const outbox = outboxOf(sink, commits);
        const marks: number[] = [];
        const check = async () => {
          await endOfTurn();
          const sent = sink.writes.join("").split("\n").slice(0, -1).map(Number);
          // Sent is the longest beginning all of which is durable.
          const waiting = marks.findIndex((mark) => mark > commits.durableMark);
          const upTo = waiting < 0 ? marks.length : waiting;
          expect(sent).toEqual(marks.slice(0, upTo).map((_, index) => index));
          expect(outbox.awaitsCommit).toBe(waiting >= 0);
          const unsent = marks
            .slice(upTo)
            .map((_, index) => `${upTo + index}\n`)
            .join("");
          expect(outbox.unsentBytes).toBe(unsent.length);
        };
        for (const step of steps) {
          if (step.kind === "commit") commits.commit();
          else {
            const mark = commits.durableMark + step.ahead;
            outbox.answer({ line: `${marks.length}\n`, mark });
            marks.push(mark);
          }
          await check();
        }
      }),
    );
  });

  test("what comes while the client does not read waits: answers in order, then notifications, merged", async () => {
    const sink = new RecordingSink();
    const outbox = outboxOf(sink, new Commits());
    sink.writableNeedDrain = true;
    for (let i = 0; i < 1000; i++) {
      outbox.jobsChanged([i % 3]);
      if (i % 100 === 0) await endOfTurn();
    }
    outbox.answer({ line: "a\n", mark: 0 });
    await endOfTurn();
    outbox.answer({ line: `${"b".repeat(5000)}\n`, mark: 0 });
    outbox.answer({ line: "c\n", mark: 0 });
    await endOfTurn();
    expect(sink.writes).toEqual([]);
    expect(outbox.unsentBytes).toBe(2 + 5001 + 2 + 3 * 32);
    sink.writableNeedDrain = false;
    outbox.scheduleWrite();
    await endOfTurn();
    expect(sink.writes.join("")).toBe(`a\n${"b".repeat(5000)}\nc\n{"jobs_changed":[0,1,2]}\n`);
    expect(outbox.unsentBytes).toBe(0);
  });
});
