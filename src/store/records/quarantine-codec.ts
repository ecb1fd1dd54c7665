/** Codec of the boards that are or were in quarantine. */
import type {
  QuarantineCause,
  QuarantineEvent,
  QuarantineRecord,
} from "../../engine/contract/records.js";
import { codec } from "./codec.js";
import type { Fields } from "./fields.js";
import {
  boardFromFields,
  boardToFields,
  positionFromFields,
  positionToFields,
} from "./machine-codecs.js";

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

/** What was recorded before boards were known by their BMPs, too. */
export function quarantineFields(
  fields: Fields,
): Omit<QuarantineRecord, "bmp" | "number" | "machineName" | "board" | "coordinates" | "position"> {
  return {
    reason: fields.text("reason"),
    sinceMs: fields.number("since"),
    active: fields.flag("held"),
    cause: CAUSES[fields.count("cause", CAUSES.length - 1)]!,
    mayBeOn: fields.flag("mayBeOn"),
    occurrences: fields.count("times"),
    testsPassed: fields.count("passes"),
    testsFailed: fields.count("failedTests"),
    testedAtMs: fields.has("testedAt") ? fields.number("testedAt") : null,
    history: fields.messages("history").map(eventFromFields),
  };
}

export const quarantineCodec = codec<QuarantineRecord>(
  "Quarantine",
  ({ bmp, number, machineName, board, reason, mayBeOn, ...quarantine }) => ({
    bmp,
    number,
    machineName,
    board,
    coordinates: quarantine.coordinates && boardToFields(quarantine.coordinates),
    position: quarantine.position && positionToFields(quarantine.position),
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
  (fields) => ({
    bmp: fields.has("bmp") ? fields.text("bmp") : null,
    number: fields.count("number"),
    machineName: fields.text("machineName"),
    board: fields.count("board"),
    coordinates: fields.has("coordinates") ? boardFromFields(fields.nested("coordinates")) : null,
    position: fields.has("position") ? positionFromFields(fields.nested("position")) : null,
    ...quarantineFields(fields),
  }),
);
