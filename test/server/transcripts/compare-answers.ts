/** Compares one answer of ours with the recorded one. */
import { isDeepStrictEqual } from "node:util";
import { ethernetChip, wrap } from "../../../src/geometry/index.js";
import type { Json, JsonObject } from "../../../src/server/json.js";
import type { JobIds } from "./job-ids.js";
import { addressOf, recordedMachine } from "./machines.js";

type Board = readonly [number, number, number];

/** What is wrong with our returned value, or null when it agrees. */
export function compareReturned(
  command: Json,
  theirs: Json,
  ours: Json,
  ids: JobIds,
): string | null {
  switch (command) {
    case "version":
      return typeof ours === "string" && /^1\.\d+\.\d+$/.test(ours) ? null : "version is not 1.x.y";
    case "create_job":
      return typeof ours === "number" && Number.isInteger(ours) ? null : "no job id";
    case "get_job_state":
      return compareFields(theirs, ours, ["start_time"]);
    case "get_job_machine_info":
      return compareInfo(theirs as JsonObject, ours as JsonObject);
    case "list_jobs":
      return compareJobs(theirs as JsonObject[], ours as JsonObject[], ids);
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
  ids: JobIds,
): string | null {
  const expected = theirs.filter(({ job_id }) => !ids.isLeftBehind(job_id as number));
  if (expected.length !== ours.length) return `${ours.length} jobs, not ${expected.length}`;
  for (const [index, job] of expected.entries()) {
    const { job_id, boards, ...others } = job;
    const { job_id: ourId, boards: ourBoards, ...ourOthers } = ours[index]!;
    if (ourId !== ids.toOurs(job_id as number)) return "jobs are in another order";
    if ((boards === null) !== (ourBoards === null)) return "boards are null, or are not";
    if (Array.isArray(boards) && boards.length !== (ourBoards as Json[]).length) {
      return "number of boards differs";
    }
    const difference = compareFields(others, ourOthers, ["start_time"]);
    if (difference !== null) return difference;
  }
  return null;
}

/** Which boards were chosen may differ: then the answer must be right for those. */
function compareInfo(theirs: JsonObject, ours: JsonObject): string | null {
  if (!isDeepStrictEqual(Object.keys(theirs).sort(), Object.keys(ours).sort())) {
    return "keys differ";
  }
  if (theirs["machine_name"] !== ours["machine_name"]) return "another machine";
  if (theirs["machine_name"] === null) {
    return Object.values(ours).every((value) => value === null) ? null : "not all null";
  }
  const boards = ours["boards"] as Board[];
  if (boards.length !== (theirs["boards"] as Board[]).length) return "number of boards differs";
  return checkInfo(String(ours["machine_name"]), boards, ours);
}

/** Whether size and connections of an allocation follow from its boards. */
function checkInfo(name: string, boards: readonly Board[], info: JsonObject): string | null {
  const machine = recordedMachine(name);
  const connections = info["connections"] as [[number, number], string][];
  const first = boards.find((board) => addressOf(name, board) === connections[0]?.[1]);
  if (first === undefined) return "the first connection is of no board of the job";
  const [ox, oy, oz] = first;
  const relative = boards.map(
    ([x, y, z]): Board => [wrap(x - ox, machine.width), wrap(y - oy, machine.height), z - oz],
  );
  const expected = boards
    .map((board, index) => [ethernetChip(relative[index]!), addressOf(name, board)] as const)
    .sort(([a], [b]) => a[0] - b[0] || a[1] - b[1]);
  if (!isDeepStrictEqual(expected, connections)) return "connections do not follow from the boards";
  const size = { width: info["width"], height: info["height"] };
  const width = 1 + Math.max(...relative.map(([x]) => x));
  const height = 1 + Math.max(...relative.map(([, y]) => y));
  const block = {
    width: 12 * width + (width === machine.width ? 0 : 4),
    height: 12 * height + (height === machine.height ? 0 : 4),
  };
  const single = { width: 8, height: 8 };
  // One live board may be a single board or what is left of a block.
  const right = boards.length > 1 ? [block] : [block, single];
  return right.some((wanted) => isDeepStrictEqual(wanted, size)) ? null : "size in chips is wrong";
}
