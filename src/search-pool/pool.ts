/**
 * The search pool: worker threads that place batches, so that the main thread never searches. They
 * own nothing; they read the shared bitmaps and propose.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import type { SearchAnswer, SearchBatch } from "../placement/batch-terms.js";
import { BoardBitmaps } from "../placement/bitmaps/board-bitmaps.js";
import {
  type AnswerMessage,
  type BatchMessage,
  decodeAnswer,
  encodeBatch,
} from "./batch-message.js";

export interface SearchPoolOptions {
  /** Default: one less than there are processors, at least 1 and at most 8. */
  readonly threads?: number;
  /** Told of a batch that failed or a worker that died; the batch's `done` is not called then. */
  readonly onError: (error: unknown) => void;
}

export interface SearchPool {
  readonly threads: number;
  /** Places a batch in a worker; the callback comes later, never within the call. */
  search(batch: SearchBatch, done: (answer: SearchAnswer) => void): void;
  /** Lets the batches under way finish and ends the workers. */
  close(): Promise<void>;
}

/** One machine's batches go one after the other, so more threads than busy machines are idle. */
const MOST_THREADS = 8;

/**
 * Starts the pool; it is ready, its workers have placed a first batch, when the promise resolves.
 * @throws Error when a worker cannot start.
 */
export async function createSearchPool(options: SearchPoolOptions): Promise<SearchPool> {
  const threads =
    options.threads ?? Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1));
  const workers = new Piscina<BatchMessage, AnswerMessage>({
    filename: fileURLToPath(new URL("../../workers/search.js", import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    // A worker that waits in its event loop is woken sooner than one asleep on a shared word.
    atomics: "disabled",
  });
  const { buffer } = new BoardBitmaps({ width: 4, height: 2, deadBoards: [], deadLinks: [] });
  const first: SearchBatch = { bitmaps: buffer, items: [], overtake: false };
  await Promise.all(Array.from({ length: threads }, () => workers.run(encodeBatch(first))));
  workers.on("error", options.onError);
  return {
    threads,
    search(batch, done) {
      workers.run(encodeBatch(batch)).then((answer) => done(decodeAnswer(answer)), options.onError);
    },
    close: () => workers.close(),
  };
}
