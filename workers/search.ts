/** Entry point of a search worker: places batches of jobs on shared board bitmaps. */
import { BatchPlacer } from "../src/placement/batch.js";
import {
  type AnswerMessage,
  type BatchMessage,
  decodeBatch,
  encodeAnswer,
} from "../src/search-pool/batch-message.js";
import { yieldToOthers } from "./priority.js";

/** The main thread answers clients, and the BMP worker has timeouts to keep; a search can wait. */
yieldToOthers(10);

/**
 * Enough for thousands of ordinary placements. Slow ones are answered a few at a time, so that later
 * jobs can join the next batch and the main thread never has many results to handle at once.
 */
const MAX_BATCH_MS = 10;

const placer = new BatchPlacer({ mostMs: MAX_BATCH_MS, now: () => performance.now() });

export default (batch: BatchMessage): AnswerMessage =>
  encodeAnswer(placer.place(decodeBatch(batch)));
