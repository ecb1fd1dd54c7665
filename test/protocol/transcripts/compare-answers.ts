/** Compares one answer of ours with the recorded one. */

import { isDeepStrictEqual } from "node:util";
import type { BoardCoordinate } from "../../../src/domain/board.js";
import type { Json, JsonObject } from "../../../src/protocol/requests/json.js";
import type { Allocations } from "./allocations.js";
import type { JobIds } from "./job-ids.js";

/** What is known of our jobs. */
export interface Known {
  readonly ids: JobIds;
  readonly allocations: Allocations;
  /** Whether so much time has passed that a job whose boards went on, or off, may be done with it. */
  readonly mayBeDone: (power: boolean) => boolean;
}

const STATE_POWER = 2;
const STATE_READY = 3;

/** What is wrong with our returned value, or null when it agrees. */
export function compareReturned(
  request: JsonObject,
  theirs: Json,
  ours: Json,
  known: Known,
): string | null {
  const { ids, allocations } = known;
  switch (request["command"]) {
    case "version":
      return typeof ours === "string" && /^1\.\d+\.\d+$/.test(ours) ? null : "version is not 1.x.y";
    case "create_job":
      return typeof ours === "number" && Number.isInteger(ours) ? null : "no job id";
    case "get_job_state":
      return compareFields(theirs, inTime(theirs as JsonObject, ours as JsonObject, known), [
        "start_time",
      ]);
    case "get_job_machine_info":
      return compareInfo(
        theirs as JsonObject,
        ours as JsonObject,
        ids.translate(request)?.jobId ?? -1,
        allocations,
      );
    case "list_jobs":
      return compareJobs(theirs as JsonObject[], ours as JsonObject[], known);
    case "list_machines":
      return isDeepStrictEqual(machinesInOrder(theirs), machinesInOrder(ours))
        ? null
        : "machines differ";
    default:
      return isDeepStrictEqual(theirs, ours) ? null : "values differ";
  }
}

/** Same keys, same values; of the `timed` ones only the type. */
function compareFields(theirs: Json, ours: Json, timed: readonly string[]): string | null {
  const flat = (value: Json) =>
    Object.entries(value as JsonObject).map(([key, field]) =>
      timed.includes(key) ? [key, field === null ? null : typeof field] : [key, field],
    );
  const same = isDeepStrictEqual(new Map(flat(theirs) as []), new Map(flat(ours) as []));
  return same ? null : "fields differ";
}

/** Our job, as it was before what takes a while was over, if theirs is seen like that. */
function inTime(theirs: JsonObject, ours: JsonObject, { mayBeDone }: Known): JsonObject {
  const passed = theirs["state"] === STATE_POWER && ours["state"] === STATE_READY;
  return passed && mayBeDone(ours["power"] === true) ? { ...ours, state: STATE_POWER } : ours;
}

/** The lists within each machine are sets. */
function machinesInOrder(machines: Json): Json {
  const sorted = (list: Json | undefined) =>
    [...(list as Json[])].map((v) => JSON.stringify(v)).sort();
  return (machines as JsonObject[]).map(({ tags, dead_boards, dead_links, ...others }) => ({
    ...others,
    tags: sorted(tags),
    dead_boards: sorted(dead_boards),
    dead_links: sorted(dead_links),
  }));
}

function compareJobs(
  theirs: readonly JsonObject[],
  ours: readonly JsonObject[],
  known: Known,
): string | null {
  const { ids, allocations } = known;
  const expected = theirs.filter(({ job_id }) => !ids.isLeftBehind(job_id as number));
  if (expected.length !== ours.length) return `${ours.length} jobs, not ${expected.length}`;
  for (const [index, job] of expected.entries()) {
    const { job_id, boards, ...others } = job;
    const { job_id: ourId, boards: ourBoards, ...ourOthers } = ours[index]!;
    if (ourId !== ids.toOurs(job_id as number)) return "jobs are in another order";
    if ((boards === null) !== (ourBoards === null)) return "boards are null, or are not";
    if (ourBoards !== null && !allocations.agree(ourId, ourBoards as BoardCoordinate[])) {
      return "other boards than get_job_machine_info said";
    }
    const difference = compareFields(others, inTime(others, ourOthers, known), ["start_time"]);
    if (difference !== null) return difference;
  }
  return null;
}

/** Which boards were chosen may differ: then the answer must be right for those. */
function compareInfo(
  theirs: JsonObject,
  ours: JsonObject,
  jobId: number,
  allocations: Allocations,
): string | null {
  if (!isDeepStrictEqual(Object.keys(theirs).sort(), Object.keys(ours).sort())) {
    return "keys differ";
  }
  if (theirs["machine_name"] !== ours["machine_name"]) return "another machine";
  if (theirs["machine_name"] !== null) return allocations.checkInfo(jobId, ours);
  return Object.values(ours).every((value) => value === null) ? null : "not all null";
}
