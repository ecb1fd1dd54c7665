/**
 * Why a job ended: a code with parameters. Each service words it for its reader; the texts of the line
 * protocol are made in src/protocol/answers/end-reason-text.ts.
 */
export type EndReason =
  /** Somebody destroyed it; `text` is what they gave as a reason, null for none. */
  | { readonly code: "destroyed"; readonly text: string | null }
  /** Nobody showed interest in it for as long as its keepalive. */
  | { readonly code: "keepaliveExpired" }
  /** The connection that created it was gone before the answer with its id was written. */
  | { readonly code: "creatorGone" }
  /** No machine could hold it, even when empty. */
  | { readonly code: "noSuitableMachine" }
  /** A reload removed the machine that it ran on; null where an earlier version did not note which. */
  | { readonly code: "machineRemoved"; readonly machine: string | null }
  /** Its boards failed, for the reason in `failure`, and it was not placed again. */
  | { readonly code: "boardsFailed"; readonly failure: string }
  /** Its record was damaged, and a salvage dropped it. */
  | { readonly code: "recordDamaged" };

export type EndCode = EndReason["code"];
