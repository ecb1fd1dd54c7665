/** Lists of jobs in order of creation. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { insertJob, removeJob } from "../../../src/engine/queue/order-of-creation.js";
import type { WaitingJob } from "../../../src/engine/queue/waiting-job.js";
import { waitingJob } from "./counting-machine.js";

it("a list stays in order of creation, however jobs come and go", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 100 }), (ids) => {
      const jobs = Array.from({ length: 31 }, (_, id) => waitingJob(id, 1));
      const list: WaitingJob[] = [];
      const held = new Set<number>();
      for (const id of ids) {
        removeJob(list, waitingJob(id, 1));
        if (held.delete(id)) removeJob(list, jobs[id]!);
        else {
          insertJob(list, jobs[id]!);
          held.add(id);
        }
        expect(list).toEqual([...held].sort((a, b) => a - b).map((jobId) => jobs[jobId]));
      }
    }),
  );
});
