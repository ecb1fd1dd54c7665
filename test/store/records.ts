/** Random records of every kind, and the small things that the tests of the store share. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach } from "vitest";
import type { Allocation } from "../../src/domain/allocation.js";
import type { BoardCoordinate } from "../../src/domain/board.js";
import { ALL_LINKS } from "../../src/domain/links.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import type { PlacementRequest } from "../../src/domain/request.js";
import type { Actor } from "../../src/engine/contract/actors.js";
import type { EndReason } from "../../src/engine/contract/end-reasons.js";
import type { Log } from "../../src/engine/contract/log.js";
import type {
  ChangeSet,
  CooldownRecord,
  EndedJobRecord,
  JobRecord,
  MachineRecord,
  QuarantineRecord,
} from "../../src/engine/contract/records.js";

/** Well-formed Unicode, empty and with NUL included. */
const text = fc.string({ unit: "grapheme", maxLength: 12 });
const id = fc.oneof(
  fc.integer({ min: 1, max: 1000 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 1 }),
);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const small = fc.nat({ max: 40_000 });
const wholeOfAnySize = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.constant(1e300));
const orNull = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(values);

const allocation: fc.Arbitrary<Allocation> = fc.record({
  x: small,
  y: small,
  width: small,
  height: small,
  board: fc.constantFrom(null, 0, 1, 2),
  missing: fc.array(small, { maxLength: 20 }),
});

const request: fc.Arbitrary<PlacementRequest> = fc.record({
  size: fc.oneof(
    fc.record({ kind: fc.constant("boards"), boards: wholeOfAnySize }),
    fc.record({ kind: fc.constant("triads"), width: wholeOfAnySize, height: wholeOfAnySize }),
    fc.record({
      kind: fc.constant("board"),
      board: fc.tuple(wholeOfAnySize, wholeOfAnySize, wholeOfAnySize),
    }),
  ),
  minRatio: finite,
  maxDeadBoards: orNull(wholeOfAnySize),
  maxDeadLinks: orNull(wholeOfAnySize),
  requireTorus: fc.boolean(),
});

export const job: fc.Arbitrary<JobRecord> = fc.record({
  jobId: id,
  owner: text,
  startTimeS: finite,
  keepaliveS: orNull(finite),
  host: orNull(text),
  request,
  machine: orNull(text),
  tags: fc.array(text, { maxLength: 3 }),
  argsJson: fc.jsonValue().map((value) => JSON.stringify(value)),
  kwargsJson: fc.jsonValue().map((value) => JSON.stringify(value)),
  placement: orNull(
    fc.record({
      machineId: id,
      allocation,
      power: fc.boolean(),
      powerPending: fc.boolean(),
      everReady: fc.boolean(),
    }),
  ),
  failedPlacements: small,
});

const endReason: fc.Arbitrary<EndReason> = fc.oneof(
  fc.record({ code: fc.constant("destroyed" as const), text: orNull(text) }),
  fc.record({
    code: fc.constantFrom("keepaliveExpired", "noSuitableMachine", "recordDamaged", "creatorGone"),
  }),
  fc.record({ code: fc.constant("machineRemoved" as const), machine: orNull(text) }),
  fc.record({ code: fc.constant("boardsFailed" as const), failure: text }),
);

const actor: fc.Arbitrary<Actor> = fc.oneof(
  fc.record({ kind: fc.constant("client" as const), host: text }),
  fc.record({ kind: fc.constant("operator" as const), user: orNull(text) }),
  fc.constant({ kind: "server" as const }),
);

export const endedJobRecord: fc.Arbitrary<EndedJobRecord> = fc.record({
  jobId: id,
  reason: endReason,
  wasQueued: fc.boolean(),
  owner: orNull(text),
  host: orNull(text),
  startTimeS: orNull(finite),
  endedAtMs: orNull(finite),
  actor: orNull(actor),
  boards: orNull(fc.record({ machine: text, allocation })),
  order: id,
});

export const cooldown: fc.Arbitrary<CooldownRecord> = fc.record({
  cooldownId: id,
  jobId: orNull(id),
  machineId: id,
  allocation,
  poweredOffAtMs: orNull(finite),
});

const board: fc.Arbitrary<BoardCoordinate> = fc.tuple(small, small, fc.nat({ max: 2 }));

export const quarantine: fc.Arbitrary<QuarantineRecord> = fc.record({
  bmp: orNull(text.map((address) => `bmp ${address}`)),
  number: small,
  machineName: text,
  board: small,
  coordinates: orNull(board),
  position: orNull(fc.tuple(small, small, small)),
  reason: text,
  sinceMs: finite,
  active: fc.boolean(),
  cause: fc.constantFrom("board", "bmp", "operator"),
  mayBeOn: fc.boolean(),
  occurrences: small,
  testsPassed: small,
  testsFailed: small,
  testedAtMs: orNull(finite),
  history: fc.array(
    fc.record({
      atMs: finite,
      kind: fc.constantFrom(
        "quarantined",
        "failed again",
        "test passed",
        "test failed",
        "released",
      ),
      note: text,
    }),
    { maxLength: 4 },
  ),
});

const description: fc.Arbitrary<MachineDescription> = fc.record({
  name: text,
  tags: fc.array(text, { maxLength: 3 }),
  width: small,
  height: small,
  deadBoards: fc.array(board, { maxLength: 5 }),
  deadLinks: fc.array(
    fc
      .tuple(board, fc.constantFrom(...ALL_LINKS))
      .map(([[x, y, z], link]) => [x, y, z, link] as const),
    { maxLength: 5 },
  ),
  boardLocations: fc.array(fc.tuple(board, fc.tuple(small, small, small)), { maxLength: 5 }),
  bmpIps: fc.array(fc.tuple(fc.tuple(small, small), text), { maxLength: 5 }),
  spinnakerIps: fc.array(fc.tuple(board, text), { maxLength: 5 }),
});

export const machine: fc.Arbitrary<MachineRecord> = fc.record({
  machineId: id,
  priority: orNull(small),
  description,
});

/** Ids that allow every id of the records above. */
export const HIGH_COUNTERS = {
  nextJobId: Number.MAX_SAFE_INTEGER,
  nextMachineId: Number.MAX_SAFE_INTEGER,
  nextCooldownId: Number.MAX_SAFE_INTEGER,
};

export const NO_CHANGES: ChangeSet = {
  jobs: { put: [], delete: [] },
  endedJobs: { put: [], delete: [] },
  cooldowns: { put: [], delete: [] },
  quarantine: { put: [], delete: [] },
  machines: { put: [], delete: [] },
  counters: null,
};

/** A plain queued job. */
export function queuedJob(jobId: number): JobRecord {
  return {
    jobId,
    owner: "someone@example.org",
    startTimeS: 1.5,
    keepaliveS: 60,
    host: null,
    request: {
      size: { kind: "boards", boards: 1 },
      minRatio: 0,
      maxDeadBoards: null,
      maxDeadLinks: null,
      requireTorus: false,
    },
    machine: null,
    tags: ["default"],
    argsJson: "[1]",
    kwargsJson: '{"owner":"someone@example.org"}',
    placement: null,
    failedPlacements: 0,
  };
}

/** A log that keeps what it was told. */
export class RecordingLog implements Log {
  readonly lines: { readonly level: string; readonly message: string }[] = [];
  private line(level: string, message: string): void {
    this.lines.push({ level, message });
  }
  debug(_fields: object, message: string): void {
    this.line("debug", message);
  }
  info(_fields: object, message: string): void {
    this.line("info", message);
  }
  warn(_fields: object, message: string): void {
    this.line("warn", message);
  }
  error(_fields: object, message: string): void {
    this.line("error", message);
  }
  of(level: string): string[] {
    return this.lines.filter((line) => line.level === level).map(({ message }) => message);
  }
}

const made: string[] = [];

afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** An empty directory, removed after the test. */
export function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "spalloc-state-"));
  made.push(directory);
  return directory;
}
