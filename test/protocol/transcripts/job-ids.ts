/**
 * Which of our job ids stands for an id of the transcript. An id that create_job returned there
 * stands for the id that ours returned at the same place.
 */
import type { Json, JsonObject } from "../../../src/protocol/requests/json.js";
import { jsonOrNull, requestsIn, type Step } from "./transcript.js";

/** Ids of jobs that ours never made: nobody has them. */
const NEVER_GIVEN = 1_000_000;

const NAMES_A_JOB = /^(job_keepalive|get_job_\w+|power_o\w+|destroy_job|(no_)?notify_job)$/;

interface Translated {
  readonly request: JsonObject;
  readonly theirs: number;
  readonly jobId: number;
}

export class JobIds {
  private readonly ours = new Map<number, number>();
  /** Ids that create_job returns somewhere in the transcript. */
  private readonly returned: ReadonlySet<number>;
  private lead = 0;

  constructor(steps: readonly Step[]) {
    this.returned = returnedIds(steps);
  }

  /** Null where ours refused to make the job. */
  pair(theirs: number, ours: number | null): void {
    if (ours === null) {
      this.ours.set(theirs, NEVER_GIVEN + theirs);
      return;
    }
    this.ours.set(theirs, ours);
    this.lead = ours - theirs;
  }

  /** Whether the id is of a job that a failed create_job left behind, or that ours refused. */
  isLeftBehind(theirs: number): boolean {
    return this.toOurs(theirs) >= NEVER_GIVEN;
  }

  /** Jobs still to be created get ids in a row. */
  toOurs(theirs: number): number {
    const known = this.ours.get(theirs);
    if (known !== undefined) return known;
    return this.returned.has(theirs) ? theirs + this.lead : NEVER_GIVEN + theirs;
  }

  /** The request with its job ids exchanged, or null when it names no job. */
  translate(request: JsonObject): Translated | null {
    const { command, args } = request;
    if (typeof command !== "string" || !NAMES_A_JOB.test(command)) return null;
    const theirs = Array.isArray(args) ? (args[0] as Json | undefined) : undefined;
    if (!Array.isArray(args) || typeof theirs !== "number" || !Number.isInteger(theirs)) {
      return null;
    }
    if (theirs > NEVER_GIVEN) return null;
    const jobId = this.toOurs(theirs);
    return { request: { ...request, args: [jobId, ...args.slice(1)] }, theirs, jobId };
  }
}

function returnedIds(steps: readonly Step[]): Set<number> {
  const ids = new Set<number>();
  const asked = new Map<string, Json[]>();
  for (const step of steps) {
    if (step.kind === "send") {
      const commands = requestsIn(step.bytes).map(({ command }) => command ?? null);
      asked.set(step.client, [...(asked.get(step.client) ?? []), ...commands]);
    } else if (step.kind === "receive") {
      const answer = jsonOrNull(step.line) as JsonObject;
      if (!("return" in answer) && !("exception" in answer)) continue;
      const command = asked.get(step.client)?.shift();
      if (command === "create_job" && typeof answer["return"] === "number") {
        ids.add(answer["return"]);
      }
    } else if (step.kind === "closed") asked.delete(step.client);
  }
  return ids;
}
