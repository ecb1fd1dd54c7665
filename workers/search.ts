/** Entry point of a search worker: places batches of jobs on shared board bitmaps. */
import { BatchPlacer } from "../src/placement/batch.js";
import {
  type AnswerMessage,
  type BatchMessage,
  decodeBatch,
  encodeAnswer,
} from "../src/search-pool/batch-message.js";
import { yieldToOthers } from "./priority.js";

/** The main thread answers clients and the BMP worker minds its timeouts; a search can wait. */
yieldToOthers(10);

/**
 * Thousands of usual placements take less; what takes long is answered a few at a time, so that the
 * jobs behind it join in and the main thread has little to do at once.
 */
const MOST_BATCH_MS = 10;

const placer = new BatchPlacer({ mostMs: MOST_BATCH_MS, now: () => performance.now() });

export default (batch: BatchMessage): AnswerMessage =>
  encodeAnswer(placer.place(decodeBatch(batch)));
