/**
 * The same replay through the real pool, as the server works: the jobs that wait go in one batch, the
 * proposals are checked and committed on the shared bitmaps, one batch at a time.
 */
import type { Size } from "../src/domain/board.js";
import type { SearchAnswer, SearchBatch } from "../src/placement/batch-types.js";
import { BoardBitmaps } from "../src/placement/bitmaps/board-bitmaps.js";
import { createSearchPool } from "../src/search-pool/pool.js";
import { type Replay, RunningJobs } from "./replay.js";
import type { TraceJob } from "./trace.js";

export interface PoolReplay extends Replay {
  readonly batches: number;
}

/** How many jobs wait at any time. */
const WAITING = 50;

/**
 * @param ends Which share of the running jobs ends after each batch; at least one does.
 * @param mostSeconds Stops, and counts what was placed until then, when this time is over.
 * @throws Error when a batch fails or a job cannot be placed on the empty machine.
 */
export async function replayThroughPool(
  jobs: readonly TraceJob[],
  size: Size,
  ends: number,
  mostSeconds: number,
): Promise<PoolReplay> {
  const bitmaps = new BoardBitmaps({ ...size, deadBoards: [], deadLinks: [] });
  const running = new RunningJobs(size.width * size.height * 3);
  let failed: (error: unknown) => void = () => {};
  const pool = await createSearchPool({ threads: 1, onError: (error) => failed(error) });
  const search = (batch: SearchBatch) =>
    new Promise<SearchAnswer>((done, reject) => {
      failed = reject;
      pool.search(batch, done);
    });
  try {
    let next = 0;
    let batches = 0;
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    while (next < jobs.length && seconds() < mostSeconds) {
      const items = jobs.slice(next, next + WAITING).map(({ request }, index) => ({
        jobId: next + index,
        request,
        checkPossible: false,
      }));
      const { results } = await search({ bitmaps: bitmaps.buffer, items, overtake: false });
      batches++;
      let placed = 0;
      for (const result of results) {
        if (result.outcome !== "placed") break;
        if (!bitmaps.isFree(result.allocation)) throw new Error("a proposal was not free");
        bitmaps.occupy(result.allocation);
        if (next === Math.floor(jobs.length / 10)) running.startCounting();
        running.start(jobs[next++]!, result.allocation);
        placed++;
      }
      if (placed === items.length) continue;
      let ended = running.end();
      if (ended === null) throw new Error(`job ${next} does not fit on the empty machine`);
      for (let left = Math.floor(ends * running.count); ended !== null; left--) {
        bitmaps.release(ended);
        ended = left > 0 ? running.end() : null;
      }
    }
    return { placements: next, batches, seconds: seconds(), inUse: running.inUse() };
  } finally {
    await pool.close();
  }
}
