/** Why a job ended, in the words that clients of the line protocol have always been told. */
import type { EndedJobView } from "../../engine/contract/api.js";
import type { EndReason } from "../../engine/contract/end-reasons.js";

/** Null when whoever destroyed the job gave no reason. */
export function endReasonText({ reason, wasQueued }: Pick<EndedJobView, "reason" | "wasQueued">) {
  const text = textOf(reason);
  // Not for a job that waited again because of its boards: it was not cancelled.
  const isCancelled =
    wasQueued && reason.code !== "recordDamaged" && reason.code !== "boardsFailed";
  return isCancelled ? `Cancelled: ${text ?? ""}` : text;
}

function textOf(reason: EndReason): string | null {
  switch (reason.code) {
    case "destroyed":
      return reason.text;
    case "keepaliveExpired":
      return "Job timed out.";
    case "creatorGone":
      return "Its client was gone before it could be told the id of the job.";
    case "noSuitableMachine":
      return "No suitable machines available.";
    case "machineRemoved":
      return "Machine removed.";
    case "boardsFailed":
      return `Machine configuration failed. Error: ${reason.failure}`;
    case "recordDamaged":
      return "Lost: the record of the job was damaged on the server's disk.";
  }
}
