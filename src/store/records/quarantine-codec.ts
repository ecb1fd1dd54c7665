/** Codec of the boards that are or were in quarantine. */
import type {
  QuarantineCause,
  QuarantineEvent,
  QuarantineRecord,
} from "../../engine/contract/records.js";
import { codec } from "./codec.js";
import type { Fields } from "./fields.js";

/** In the order of the enumerations of proto/state.proto. */
const CAUSES: readonly QuarantineCause[] = ["board", "bmp", "operator"];
const EVENTS: readonly QuarantineEvent["kind"][] = [
  "quarantined",
  "failed again",
  "test passed",
  "test failed",
  "released",
];

function eventFromFields(fields: Fields): QuarantineEvent {
  return {
    atMs: fields.number("at"),
    kind: EVENTS[fields.count("what", EVENTS.length - 1)]!,
    note: fields.text("note"),
  };
}

export const quarantineCodec = codec<QuarantineRecord>(
  "Quarantine",
  ({ machineName, board, reason, mayBeOn, ...quarantine }) => ({
    machineName,
    board,
    reason,
    mayBeOn,
    since: quarantine.sinceMs,
    held: quarantine.active,
    cause: CAUSES.indexOf(quarantine.cause),
    times: quarantine.occurrences,
    passes: quarantine.testsPassed,
    failedTests: quarantine.testsFailed,
    testedAt: quarantine.testedAtMs,
    history: quarantine.history.map(({ atMs, kind, note }) => ({
      at: atMs,
      what: EVENTS.indexOf(kind),
      note,
    })),
  }),
  (fields) => {
    const failed = {
      machineName: fields.text("machineName"),
      board: fields.count("board"),
      reason: fields.text("reason"),
      sinceMs: fields.number("since"),
    };
    // As version 1 wrote it: what it did not record is as for a board that has just failed.
    if (!fields.has("held")) {
      return {
        ...failed,
        active: true,
        cause: "board",
        mayBeOn: true,
        occurrences: 1,
        testsPassed: 0,
        testsFailed: 0,
        testedAtMs: null,
        history: [],
      };
    }
    return {
      ...failed,
      active: fields.flag("held"),
      cause: CAUSES[fields.count("cause", CAUSES.length - 1)]!,
      mayBeOn: fields.flag("mayBeOn"),
      occurrences: fields.count("times"),
      testsPassed: fields.count("passes"),
      testsFailed: fields.count("failedTests"),
      testedAtMs: fields.has("testedAt") ? fields.number("testedAt") : null,
      history: fields.messages("history").map(eventFromFields),
    };
  },
);
