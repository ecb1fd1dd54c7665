/** Codec of ended jobs. */
import type { Actor } from "../../engine/contract/actors.js";
import type { EndCode, EndReason } from "../../engine/contract/end-reasons.js";
import type { EndedJobRecord } from "../../engine/contract/records.js";
import { codec } from "./codec.js";
import type { Fields } from "./fields.js";
import { allocationFromFields } from "./job-codecs.js";

/** In the order of the enumerations of proto/state.proto. */
const END_CODES: readonly EndCode[] = [
  "destroyed",
  "keepaliveExpired",
  "noSuitableMachine",
  "machineRemoved",
  "boardsFailed",
  "recordDamaged",
  "creatorGone",
];
const ACTORS: readonly Actor["kind"][] = ["client", "operator", "server"];

/** What stands in the field `reason` beside a code. */
function parameterOf(reason: EndReason): string | null {
  switch (reason.code) {
    case "destroyed":
      return reason.text;
    case "machineRemoved":
      return reason.machine;
    case "boardsFailed":
      return reason.failure;
    default:
      return null;
  }
}

function reasonFromFields(fields: Fields): EndReason {
  const code = END_CODES[fields.count("code", END_CODES.length - 1)]!;
  const parameter = fields.has("reason") ? fields.text("reason") : null;
  switch (code) {
    case "destroyed":
      return { code, text: parameter };
    case "machineRemoved":
      return { code, machine: parameter };
    case "boardsFailed":
      return { code, failure: fields.text("reason") };
    default:
      return { code };
  }
}

function actorToFields(actor: Actor): object {
  const name = actor.kind === "client" ? actor.host : actor.kind === "operator" ? actor.user : null;
  return { kind: ACTORS.indexOf(actor.kind), name };
}

function actorFromFields(fields: Fields): Actor {
  const kind = ACTORS[fields.count("kind", ACTORS.length - 1)]!;
  switch (kind) {
    case "client":
      return { kind, host: fields.text("name") };
    case "operator":
      return { kind, user: fields.has("name") ? fields.text("name") : null };
    case "server":
      return { kind };
  }
}

export const endedJobCodec = codec<EndedJobRecord>(
  "RetiredJob",
  ({ jobId, order, reason, wasQueued, owner, host, startTimeS, endedAtMs, actor, boards }) => ({
    jobId,
    order,
    code: END_CODES.indexOf(reason.code),
    reason: parameterOf(reason),
    wasQueued,
    owner,
    host,
    startTime: startTimeS,
    endedAt: endedAtMs,
    actor: actor && actorToFields(actor),
    machine: boards?.machine,
    allocation: boards?.allocation,
  }),
  (fields) => ({
    jobId: fields.count("jobId"),
    order: fields.has("order") ? fields.count("order") : 0,
    reason: reasonFromFields(fields),
    wasQueued: fields.flag("wasQueued"),
    owner: fields.has("owner") ? fields.text("owner") : null,
    host: fields.has("host") ? fields.text("host") : null,
    startTimeS: fields.has("startTime") ? fields.number("startTime") : null,
    endedAtMs: fields.has("endedAt") ? fields.number("endedAt") : null,
    actor: fields.has("actor") ? actorFromFields(fields.nested("actor")) : null,
    boards: fields.has("machine")
      ? {
          machine: fields.text("machine"),
          allocation: allocationFromFields(fields.nested("allocation")),
        }
      : null,
  }),
);
