/** docs/operating/limits.md names every limit of clients, its default, and the memory for all of them. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  CLIENT_LIMIT_FIELDS,
  type ClientLimits,
  STANDARD_CLIENT_LIMITS,
} from "../../src/config/client-limits.js";
import { CONFIGURATION_FIELDS } from "../../src/config/configuration-fields.js";
import {
  HEAP_BYTES,
  memoryNeeded,
  memoryText,
  OTHER_BYTES,
} from "../../src/config/memory-needed.js";

const document = readFileSync(
  new URL("../../docs/operating/limits.md", import.meta.url),
  "utf8",
).replace(/\s+/g, " ");

const MIB = 1024 * 1024;
const KIB = 1024;

function figure(field: keyof ClientLimits): string {
  const value = STANDARD_CLIENT_LIMITS[field];
  if (!field.toLowerCase().includes("bytes")) return value.toLocaleString("en");
  return value < MIB ? `${value / 1024} KiB` : `${value / MIB} MiB`;
}

const standard = {
  machines: [],
  maxRetiredJobs: CONFIGURATION_FIELDS.maxRetiredJobs.default,
  clientLimits: STANDARD_CLIENT_LIMITS,
};

// How soon TCP asks whether a client is there limits nothing that is held.
const fields = Object.keys(CLIENT_LIMIT_FIELDS).filter(
  (field) => field !== "secondsBeforeTcpKeepalive",
) as (keyof ClientLimits)[];

describe("the document of the limits", () => {
  test.each(fields)("names %s and its default", (field) => {
    expect(document).toContain(`\`${field}\` ${figure(field)}`);
  });

  test("says how much memory they come to", () => {
    expect(document).toContain(`the server needs ${memoryText(memoryNeeded(standard))}`);
    const rows = [
      `| the program and its threads | ${HEAP_BYTES.server / MIB} MiB | ${OTHER_BYTES.server / MIB} MiB |`,
      `| a board of a machine | ${HEAP_BYTES.board / KIB} KiB |`,
      `| each of \`connections\` | ${HEAP_BYTES.connection / KIB} KiB | ${OTHER_BYTES.connection / KIB} KiB |`,
      `| each of \`totalWatches\` | ${HEAP_BYTES.watch} bytes |`,
      `| each of \`totalJobs\` | ${HEAP_BYTES.job / KIB} KiB | ${OTHER_BYTES.listedJob} bytes |`,
      `| each of \`maxRetiredJobs\` | ${HEAP_BYTES.endedJob / KIB} KiB |`,
    ];
    for (const row of rows) expect(document).toContain(row);
  });
});

describe("the memory that is needed", () => {
  test("is 256 MiB of heap at most with the limits as they are", () => {
    expect(memoryNeeded(standard).heapBytes).toBeLessThan(256 * MIB);
  });

  test.each([
    ["connections", 5 * KIB],
    ["totalWatches", 192],
    ["totalJobs", 2 * KIB],
    ["totalJobBytes", 1],
    ["totalBufferedBytes", 1],
  ] as const)("grows with %s, by %d bytes for each or more", (field, bytes) => {
    const before = memoryNeeded(standard).totalBytes;
    const more = { ...STANDARD_CLIENT_LIMITS, [field]: STANDARD_CLIENT_LIMITS[field] + 1000 };
    const after = memoryNeeded({ ...standard, clientLimits: more }).totalBytes;
    expect(after - before).toBeGreaterThanOrEqual(1000 * bytes);
  });
});
