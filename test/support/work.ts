/**
 * How much work something is, counted rather than timed: how often each block of code ran, our own and
 * that of the packages, as V8 counts them for coverage; and how many characters, bytes or elements the
 * built-in functions went through that search, compare and copy. JSON.parse, which goes through its
 * text once, counts as the length of that.
 */
import { Session } from "node:inspector";
import { expect } from "vitest";

export class WorkCounter {
  private readonly session = new Session();

  constructor() {
    this.session.connect();
    this.session.post("Profiler.enable");
    this.session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Steps of running that. */
  async of(action: () => unknown): Promise<number> {
    this.blocksRun();
    const counted = countBuiltIns();
    try {
      await action();
      return counted.steps() + this.blocksRun();
    } finally {
      counted.stop();
    }
  }

  close(): void {
    this.session.post("Profiler.stopPreciseCoverage");
    this.session.disconnect();
  }

  /** Since it was asked last. */
  private blocksRun(): number {
    let blocks = 0;
    this.session.post("Profiler.takePreciseCoverage", (error, coverage) => {
      if (error !== null) throw error;
      for (const { functions, url } of coverage.result) {
        if (url.endsWith("/test/support/work.ts")) continue;
        for (const { ranges } of functions) for (const { count } of ranges) blocks += count;
      }
    });
    return blocks;
  }
}

const SHORT = [2_000, 8_000] as const;
/** Beyond all limits but that of a line. */
const LONG = [30_000, 120_000] as const;
/** Steps that four times the work may be. Were it a square, it would be sixteen times. */
const MOST_GROWTH = 5.5;
const FIXED_STEPS = 5_000;

/** That the work for a text of four times the length is four times as much, and not more than so many steps each. */
export async function expectLinear(
  counter: WorkCounter,
  what: string,
  work: (length: number) => () => unknown,
  mostStepsPerCharacter = 60,
): Promise<void> {
  // The first time, code is loaded and caches are filled.
  await work(SHORT[0])();
  for (const [once, fourTimes] of [SHORT, LONG]) {
    const less = await counter.of(work(once));
    const more = await counter.of(work(fourTimes));
    const steps = `${what}: ${less} steps for ${once} characters, ${more} for ${fourTimes}`;
    expect(more, steps).toBeLessThan(MOST_GROWTH * less + FIXED_STEPS);
    expect(more, steps).toBeLessThan(mostStepsPerCharacter * fourTimes + FIXED_STEPS);
  }
}

type Method = (this: never, ...args: never[]) => unknown;

/** What a call of a built-in function went through, from what it was called with and returned. */
type Cost = (self: { length: number }, args: readonly unknown[], result: unknown) => number;

const whole: Cost = ({ length }) => length;
const ofResult: Cost = (_, __, result) => (result as { length: number } | null)?.length ?? 1;
const ofText: Cost = (_, [text]) => String(text).length;
/** From an index, which may be given, to where it is found, or the end. */
const upTo: Cost = ({ length }, [, from], found) =>
  Math.max(0, (Number(found) < 0 ? length : Number(found)) - Number(from ?? 0)) + 1;

const BUILT_INS: readonly (readonly [object: object, costs: Readonly<Record<string, Cost>>])[] = [
  [
    String.prototype,
    {
      ...{ indexOf: upTo, includes: whole, slice: ofResult, substring: ofResult, split: whole },
      ...{ replace: whole, replaceAll: whole, trim: whole, match: whole, search: whole },
      ...{ concat: ofResult, toWellFormed: whole, isWellFormed: whole, padEnd: ofResult },
    },
  ],
  [
    Array.prototype,
    {
      ...{ indexOf: upTo, includes: whole, slice: ofResult, concat: ofResult, join: ofResult },
      ...{ shift: whole, splice: whole, flat: ofResult, sort: whole },
    },
  ],
  [
    Buffer.prototype,
    { indexOf: upTo, copy: (_, __, copied) => Number(copied), toString: ofResult },
  ],
  [JSON, { parse: ofText, stringify: (_, __, text) => String(text).length }],
  [Object, { keys: ofResult, entries: ofResult, values: ofResult }],
];

function countBuiltIns(): { readonly steps: () => number; readonly stop: () => void } {
  let steps = 0;
  const undo: (() => void)[] = [];
  const replace = (object: object, name: string, by: (original: Method) => Method) => {
    const original = Reflect.get(object, name) as Method;
    Reflect.set(object, name, by(original));
    undo.push(() => Reflect.set(object, name, original));
  };
  for (const [object, costs] of BUILT_INS) {
    for (const [name, cost] of Object.entries(costs)) {
      replace(
        object,
        name,
        (original) =>
          function (this: never, ...args: never[]) {
            const result = original.apply(this, args);
            steps += cost(this, args, result);
            return result;
          },
      );
    }
  }
  replace(
    RegExp.prototype,
    "exec",
    (original) =>
      function (this: never, ...args: never[]) {
        const { lastIndex: from, global, sticky } = this as RegExp;
        const found = original.apply(this, args) as RegExpExecArray | null;
        const start = global || sticky ? from : 0;
        const text = String(args[0]);
        steps += (found === null ? text.length : found.index + found[0].length) - start;
        return found;
      },
  );
  return {
    steps: () => steps,
    stop: () => {
      for (const each of undo) each();
    },
  };
}
