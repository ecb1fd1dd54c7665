import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boardCount } from "../../src/domain/board.js";
import { placeBatch } from "../../src/placement/batch.js";
import type { SearchBatch } from "../../src/placement/batch-types.js";
import { BoardBitmaps } from "../../src/placement/bitmaps/board-bitmaps.js";
import {
  decodeAnswer,
  decodeBatch,
  encodeAnswer,
  encodeBatch,
} from "../../src/search-pool/batch-message.js";
import { machines, requestsOn } from "../placement/arbitraries.js";

const cases = machines.chain((machine) =>
  fc.record({
    machine: fc.constant(machine),
    overtake: fc.boolean(),
    largestWaiting: fc.nat(40),
    items: fc.array(
      fc.record(
        {
          jobId: fc.maxSafeNat(),
          request: requestsOn(machine.size),
          checkPossible: fc.boolean(),
          avoid: fc.uniqueArray(fc.nat(boardCount(machine.size) - 1), { minLength: 1 }),
        },
        { requiredKeys: ["jobId", "request", "checkPossible"] },
      ),
      { maxLength: 6 },
    ),
  }),
);

describe("a batch as numbers", () => {
  it("says the same after the way to another thread, and so does its answer", () => {
    fc.assert(
      fc.property(cases, ({ machine, items, overtake, largestWaiting }) => {
        const { buffer } = new BoardBitmaps({ ...machine.size, ...machine });
        const batch: SearchBatch = { bitmaps: buffer, items, overtake, largestWaiting };
        const arrived = decodeBatch(structuredClone(encodeBatch(batch)));
        expect({ ...arrived, bitmaps: buffer }).toEqual(batch);
        const answer = placeBatch(batch);
        expect(decodeAnswer(structuredClone(encodeAnswer(answer)))).toEqual(answer);
      }),
      { numRuns: 1000 },
    );
  });

  it("keeps numbers that no machine has: a client may ask for any", () => {
    const { buffer } = new BoardBitmaps({ width: 1, height: 1, deadBoards: [], deadLinks: [] });
    const request = {
      size: { kind: "boards" as const, boards: Number.MAX_VALUE },
      minRatio: 1e-300,
      maxDeadBoards: Number.MAX_SAFE_INTEGER,
      maxDeadLinks: null,
      requireTorus: true,
    };
    const items = [{ jobId: Number.MAX_SAFE_INTEGER, request, checkPossible: true }];
    const batch: SearchBatch = { bitmaps: buffer, items, overtake: true };
    expect(decodeBatch(encodeBatch(batch))).toEqual(batch);
  });
});
