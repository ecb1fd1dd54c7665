/**
 * The search pool: worker threads that place batches, so that the main thread never searches. They
 * own nothing; they read the shared bitmaps and propose.
 */
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import type { SearchAnswer, SearchBatch } from "../placement/batch-types.js";
import { BoardBitmaps } from "../placement/bitmaps/board-bitmaps.js";
import {
  type AnswerMessage,
  type BatchMessage,
  decodeAnswer,
  encodeBatch,
} from "./batch-message.js";
import { usualSearchThreads } from "./threads.js";

export interface SearchPoolOptions {
  /** Default: one less than the number of processors, at least 1 and at most 8. */
  readonly threads?: number;
  /** Called when a batch failed or a worker died; `done` of the batch is not called then. */
  readonly onError: (error: unknown) => void;
}

export interface SearchPool {
  readonly threads: number;
  /** Places a batch in a worker; `done` is called later, never within the call. */
  search(batch: SearchBatch, done: (answer: SearchAnswer) => void): void;
  /** Lets the batches under way finish, then ends the workers. */
  close(): Promise<void>;
}

/**
 * Starts the pool. When the promise resolves each of its workers has placed a first batch.
 * @throws Error when a worker cannot start.
 */
export async function createSearchPool(options: SearchPoolOptions): Promise<SearchPool> {
  const threads = options.threads ?? usualSearchThreads();
  const workers = new Piscina<BatchMessage, AnswerMessage>({
    filename: fileURLToPath(new URL("../../workers/search.js", import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
    // A worker that waits in its event loop wakes sooner than one that sleeps on shared memory.
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
