/**
 * Judges answers: each must be right and in time, counted from when it was asked for to when all of it was there.
 *
 * Time that is not the server's does not count: while the siege stopped or killed it, while it could have run
 * and had no processor, and while an answer may have been there and this process was late to look.
 */
import { percentiles } from "../../bench/protocol/percentiles.js";
import { RefusedError } from "../../src/client/index.js";
import type { Attention, Moment } from "./attention.js";
import type { Interruptions } from "./interruptions.js";

/** More kinds of them say nothing that these do not. */
export const MOST_VIOLATIONS = 30;

/** After which none is expected any more. */
const NO_ANSWER_MS = 30_000;

export interface Judgement {
  /** Answers whose time counted. */
  readonly answers: number;
  /** Those that the siege kept from coming in time. */
  readonly interrupted: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
  readonly slowestOf: string;
  /** The slowest as it was, and what of it did not count. */
  readonly slowestUncorrectedMs: number;
  readonly ofItWithoutProcessorMs: number;
  readonly ofItUnseenMs: number;
  /** Answers that were late only because the server had no processor, or this process was late itself. */
  readonly excused: number;
}

export class Judge {
  /** By their texts without numbers: what went wrong once more is only counted. */
  private readonly kinds = new Map<string, { readonly text: string; again: number }>();
  private readonly tookMs: number[] = [];
  private interrupted = 0;
  private excused = 0;
  private slowest = { ms: 0, what: "" };
  private uncorrected = { ms: 0, waitedMs: 0, unseenMs: 0 };

  constructor(
    private readonly limitMs: number,
    readonly interruptions: Interruptions,
    private readonly attention: Attention,
  ) {}

  /** What else is under way, for whoever looks into a late answer. */
  meanwhile: () => string = () => "";

  violation(text: string, more = ""): void {
    const kind = text.replace(/\d+/g, "0");
    const known = this.kinds.get(kind);
    if (known !== undefined) known.again += 1;
    else this.kinds.set(kind, { text: text + more, again: 0 });
  }

  /** One of each kind, in the order in which they were first seen. */
  get violations(): string[] {
    return [...this.kinds.values()].map(({ text, again }) =>
      again === 0 ? text : `${text} (and ${again} more like it)`,
    );
  }

  expect(holds: boolean, otherwise: () => string): void {
    if (!holds) this.violation(otherwise());
  }

  /** Waits for an answer, and judges how long it took. A broken connection is a wrong answer. */
  async answer<T>(what: string, ask: () => Promise<T>, limitMs = this.limitMs): Promise<T> {
    const asked = this.attention.now();
    try {
      const answer = await unlessNone(ask());
      this.came(what, asked, limitMs);
      return answer;
    } catch (error) {
      // A server that was killed answers nothing; but what one says counts, whenever it says it.
      const isExcused = this.interruptions.touches(asked.ms, this.attention.now().ms);
      if (!isExcused || error instanceof RefusedError)
        this.violation(`${what}: ${messageOf(error)}`);
      throw error;
    }
  }

  private came(what: string, asked: Moment, limitMs: number): void {
    const nowMs = this.attention.now().ms;
    if (this.interruptions.touches(asked.ms, nowMs)) {
      this.interrupted += 1;
      return;
    }
    const earliest = this.attention.earliest();
    const uncorrectedMs = nowMs - asked.ms;
    const unseenMs = nowMs - Math.max(earliest.ms, asked.ms);
    const waitedMs = Math.max(0, earliest.waitedMs - asked.waitedMs);
    const ms = Math.max(0, uncorrectedMs - unseenMs - waitedMs);
    this.tookMs.push(ms);
    if (uncorrectedMs > this.uncorrected.ms) {
      this.uncorrected = { ms: uncorrectedMs, waitedMs, unseenMs };
    }
    if (ms > this.slowest.ms) this.slowest = { ms, what };
    if (ms > limitMs) {
      this.violation(
        `${what}: the answer took ${Math.round(ms)} ms, the limit is ${limitMs} ms: its main thread ran for ` +
          `${Math.round(earliest.ranMs - asked.ranMs)} ms of that (without ${Math.round(waitedMs)} ms in which it ` +
          `had no processor and ${Math.round(unseenMs)} ms in which nobody looked), at ${seconds(asked)} s`,
        `; meanwhile: ${this.meanwhile()}`,
      );
    } else if (uncorrectedMs > limitMs) this.excused += 1;
  }

  judgement(): Judgement {
    const { p50, p99 } = percentiles(Float64Array.from(this.tookMs));
    return {
      answers: this.tookMs.length,
      interrupted: this.interrupted,
      p50Ms: rounded(p50 ?? 0),
      p99Ms: rounded(p99 ?? 0),
      slowestMs: rounded(this.slowest.ms),
      slowestOf: this.slowest.what,
      slowestUncorrectedMs: rounded(this.uncorrected.ms),
      ofItWithoutProcessorMs: rounded(this.uncorrected.waitedMs),
      ofItUnseenMs: rounded(this.uncorrected.unseenMs),
      excused: this.excused,
    };
  }
}

/** @throws Error when it does not come at all */
async function unlessNone<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const none = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${NO_ANSWER_MS / 1000} s`)),
      NO_ANSWER_MS,
    );
  });
  try {
    return await Promise.race([answer, none]);
  } finally {
    clearTimeout(timer);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function seconds({ ms }: Moment): string {
  return (ms / 1000).toFixed(1);
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
