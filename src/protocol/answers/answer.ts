/** Answers to requests, as lines. */
import type { CommitMark } from "../../engine/contract/api.js";

/** An answer that may be sent once its mark is durable. */
export interface Answer {
  /** A complete line, newline included. */
  readonly line: string;
  /** The line as bytes, where it is long and often asked for: they are shared, not copied. */
  readonly bytes?: Buffer;
  /** The line piece by piece, where it may be too long to be held for each who asks; begins anew with each call. */
  readonly pieces?: () => Pieces;
  readonly mark: CommitMark;
  /** Is told what becomes of the answer. */
  readonly delivery?: Delivery;
}

export interface Delivery {
  /** The answer, as a whole, was handed to the system, which sends it. */
  written(): void;
  /** The connection is gone, before that or before the system had taken it all. */
  unwritten(): void;
}

/** A long line that is sent as fast as it is read. */
export interface Pieces {
  /** What follows the last piece. */
  readonly end: Buffer;
  /** Roughly how many bytes are still to come. */
  readonly bytes: number;
  /** The next piece; null when only the end is to come. */
  next(): Buffer | null;
  /** Lets go of what is still to come. */
  drop(): void;
}

/** An answer that comes later: the requests behind it on its connection wait. */
export type LaterAnswer = (done: (answer: Answer) => void) => void;

const ALWAYS_DURABLE: CommitMark = 0;

/** The answer with that JSON as the returned value. */
export function returned(json: string, mark: CommitMark = ALWAYS_DURABLE): Answer {
  return { line: `{"return":${json}}\n`, mark };
}

/** The same for an answer that is given often before it changes. */
export function returnedOften(json: string, mark: CommitMark = ALWAYS_DURABLE): Answer {
  const answer = returned(json, mark);
  return { ...answer, bytes: Buffer.from(answer.line) };
}

const NOTHING: Answer = returned("null");

/** The answer null, once `mark` is durable. */
export function returnedNull(mark: CommitMark = ALWAYS_DURABLE): Answer {
  return mark === ALWAYS_DURABLE ? NOTHING : { line: NOTHING.line, mark };
}

/** The answer to a command that failed. */
export function failed(message: string): Answer {
  return { line: `{"exception":${JSON.stringify(message)}}\n`, mark: ALWAYS_DURABLE };
}
