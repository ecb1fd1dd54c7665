/** What the log says after a start of jobs that live on without their clients. */
import { counted } from "../domain/counted.js";
import type { GraceJob } from "../engine/contract/operator-api.js";

/** Null when there are none. */
export function graceLine(jobs: readonly GraceJob[]): string | null {
  const [first] = jobs;
  if (first === undefined) return null;
  const until = `${new Date(first.endsAtMs).toISOString().slice(0, -5)}Z`;
  return (
    `${counted(jobs.length, "job")} from before this start: kept until ${until}, or by ` +
    "the keepalive again once a client shows interest (secondsOfGraceAfterStart). " +
    "`spalloc-server grace list` shows those that nobody has come back for, `grace end` ends them early"
  );
}
