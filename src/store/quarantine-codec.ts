/** Codec of the boards that were set aside. */
import type { QuarantineCause, QuarantineEvent, QuarantineRecord } from "../engine/records.js";
import { codec } from "./codec.js";
import type { Fields } from "./fields.js";

/** In the order of the enumerations of proto/state.proto. */
const CAUSES: readonly QuarantineCause[] = ["board", "bmp", "operator"];
const EVENTS: readonly QuarantineEvent["what"][] = [
  "set aside",
  "failed again",
  "test passed",
  "test failed",
  "released",
];

function eventFromFields(fields: Fields): QuarantineEvent {
  return {
    at: fields.number("at"),
    what: EVENTS[fields.count("what", EVENTS.length - 1)]!,
    note: fields.text("note"),
  };
}

export const quarantineCodec = codec<QuarantineRecord>(
  "Quarantine",
  (quarantine) => ({
    ...quarantine,
    cause: CAUSES.indexOf(quarantine.cause),
    history: quarantine.history.map((event) => ({ ...event, what: EVENTS.indexOf(event.what) })),
  }),
  (fields) => {
    const failed = {
      machineName: fields.text("machineName"),
      board: fields.count("board"),
      reason: fields.text("reason"),
      since: fields.number("since"),
    };
    // As version 1 wrote it: whatever was not known then is as it is when a board has just failed.
    if (!fields.has("held")) {
      return {
        ...failed,
        held: true,
        cause: "board",
        mayBeOn: true,
        times: 1,
        passes: 0,
        failedTests: 0,
        testedAt: null,
        history: [],
      };
    }
    return {
      ...failed,
      held: fields.flag("held"),
      cause: CAUSES[fields.count("cause", CAUSES.length - 1)]!,
      mayBeOn: fields.flag("mayBeOn"),
      times: fields.count("times"),
      passes: fields.count("passes"),
      failedTests: fields.count("failedTests"),
      testedAt: fields.has("testedAt") ? fields.number("testedAt") : null,
      history: fields.messages("history").map(eventFromFields),
    };
  },
);
