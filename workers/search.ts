/** Entry point of a search worker: places batches of jobs on shared board bitmaps. */
import { BatchPlacer } from "../src/allocation/batch.js";
import type { SearchAnswer, SearchBatch } from "../src/allocation/types.js";

const placer = new BatchPlacer();

export default (batch: SearchBatch): SearchAnswer => placer.place(batch);
