import { describe, expect, test } from "vitest";
import { STANDARD_CLIENT_LIMITS } from "../../src/config/client-limits.js";
import { tellMemory } from "../../src/host/memory-lines.js";
import { configuration } from "../engine/fixtures.js";

const MIB = 1024 * 1024;

/** What is logged of such limits where the heap may have so many MiB. */
function lines(limits: Partial<typeof STANDARD_CLIENT_LIMITS>, heapMib: number): string[] {
  const told: string[] = [];
  const tell = (level: string) => (_fields: object, text: string) => {
    told.push(`${level}: ${text}`);
  };
  const clientLimits = { ...STANDARD_CLIENT_LIMITS, ...limits };
  const log = { info: tell("info"), warn: tell("warn") } as Parameters<typeof tellMemory>[1];
  tellMemory({ ...configuration([]), clientLimits }, log, heapMib * MIB);
  return told;
}

describe("the log says what memory the limits come to", () => {
  test("and nothing else where there is enough", () => {
    expect(lines({}, 256)).toEqual([
      expect.stringMatching(
        /^info: under all its limits the server needs at most \d+ MiB of memory, \d+ MiB of it JavaScript heap$/,
      ),
    ]);
  });

  test.each([
    [{}, 200],
    [{ totalJobs: 100_000 }, 256],
    [{ totalBufferedBytes: 512 * MIB }, 512],
  ])("and warns where Node gives less: %o, %d MiB", (limits, heapMib) => {
    expect(lines(limits, heapMib)).toEqual([
      expect.stringMatching(/^info: /),
      expect.stringMatching(
        `^warn: clients can make the server need \\d+ MiB .* gives it ${heapMib} MiB: .*--max-old-space-size=\\d+.*clientLimits`,
      ),
    ]);
  });
});
