/** What searches found no room for. */
import { describe, expect, it } from "vitest";
import { FailedSearches } from "../../../src/engine/queue/failed-searches.js";

describe("a failed search", () => {
  it("is current until there may be more room", () => {
    const failed = new FailedSearches();
    expect([failed.hasCurrent, failed.rowsSearched("a")]).toEqual([false, 0]);
    expect(failed.add("a", failed.version, 4)).toBe(true);
    expect([failed.hasCurrent, failed.rowsSearched("a"), failed.rowsSearched("b")]).toEqual([
      true,
      4,
      0,
    ]);
    failed.roomChanged();
    expect([failed.hasCurrent, failed.rowsSearched("a"), failed.isStale("a")]).toEqual([
      false,
      0,
      false,
    ]);
  });

  it("is stale from the start if there was more room while it was under way, until the next one ends", () => {
    const failed = new FailedSearches();
    const { version } = failed;
    failed.roomChanged();
    expect(failed.add("a", version, 4)).toBe(false);
    expect([failed.hasCurrent, failed.isStale("a"), failed.isStale("b")]).toEqual([
      false,
      true,
      false,
    ]);
    failed.forgetStale();
    expect(failed.isStale("a")).toBe(false);
  });
});
