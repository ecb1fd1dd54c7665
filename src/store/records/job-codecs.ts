/** Codecs of jobs, what they ask for and what they hold. */
import type { Allocation } from "../../domain/allocation.js";
import type { PlacementRequest } from "../../domain/request.js";
import type { CooldownRecord, JobRecord, PlacementRecord } from "../../engine/contract/records.js";
import { codec } from "./codec.js";
import { FieldError, type Fields } from "./fields.js";

function requestToFields(request: PlacementRequest): object {
  const { size, minRatio, maxDeadBoards, maxDeadLinks, requireTorus } = request;
  const rest = { minRatio, maxDeadBoards, maxDeadLinks, requireTorus };
  switch (size.kind) {
    case "boards":
      return { boards: size.boards, ...rest };
    case "triads":
      return { triads: { width: size.width, height: size.height }, ...rest };
    case "board": {
      const [x, y, z] = size.board;
      return { board: { x, y, z }, ...rest };
    }
  }
}

function sizeFromFields(fields: Fields): PlacementRequest["size"] {
  if (fields.has("boards")) return { kind: "boards", boards: fields.whole("boards") };
  if (fields.has("triads")) {
    const triads = fields.nested("triads");
    return { kind: "triads", width: triads.whole("width"), height: triads.whole("height") };
  }
  if (fields.has("board")) {
    const board = fields.nested("board");
    return { kind: "board", board: [board.whole("x"), board.whole("y"), board.whole("z")] };
  }
  throw new FieldError("request.size is missing");
}

function requestFromFields(fields: Fields): PlacementRequest {
  return {
    size: sizeFromFields(fields),
    minRatio: fields.number("minRatio"),
    maxDeadBoards: fields.has("maxDeadBoards") ? fields.whole("maxDeadBoards") : null,
    maxDeadLinks: fields.has("maxDeadLinks") ? fields.whole("maxDeadLinks") : null,
    requireTorus: fields.flag("requireTorus"),
  };
}

function boardFromFields(fields: Fields): 0 | 1 | 2 | null {
  if (!fields.has("board")) return null;
  const z = fields.count("board", 2);
  return z === 0 ? 0 : z === 1 ? 1 : 2;
}

export function allocationFromFields(fields: Fields): Allocation {
  return {
    x: fields.count("x"),
    y: fields.count("y"),
    width: fields.count("width"),
    height: fields.count("height"),
    board: boardFromFields(fields),
    missing: fields.counts("missing"),
  };
}

function placementFromFields(fields: Fields): PlacementRecord {
  return {
    machineId: fields.count("machineId"),
    allocation: allocationFromFields(fields.nested("allocation")),
    power: fields.flag("power"),
    powerPending: fields.flag("powerPending"),
    everReady: fields.flag("everReady"),
  };
}

export const jobCodec = codec<JobRecord>(
  "Job",
  // Field by field: an object of what is left of another takes four times as long to encode.
  (job) => ({
    jobId: job.jobId,
    owner: job.owner,
    startTime: job.startTimeS,
    keepalive: job.keepaliveS,
    keepaliveHost: job.host,
    request: requestToFields(job.request),
    machine: job.machine,
    tags: job.tags,
    argsJson: job.argsJson,
    kwargsJson: job.kwargsJson,
    placement: job.placement,
    failedPlacements: job.failedPlacements,
  }),
  (fields) => ({
    jobId: fields.count("jobId"),
    owner: fields.text("owner"),
    startTimeS: fields.number("startTime"),
    keepaliveS: fields.has("keepalive") ? fields.number("keepalive") : null,
    host: fields.has("keepaliveHost") ? fields.text("keepaliveHost") : null,
    request: requestFromFields(fields.nested("request")),
    machine: fields.has("machine") ? fields.text("machine") : null,
    tags: fields.texts("tags"),
    argsJson: fields.text("argsJson"),
    kwargsJson: fields.text("kwargsJson"),
    placement: fields.has("placement") ? placementFromFields(fields.nested("placement")) : null,
    failedPlacements: fields.count("failedPlacements"),
  }),
);

/** Stored in place of a job id where the server itself had the boards on; no job has it. */
const NO_JOB = 0;

export const cooldownCodec = codec<CooldownRecord>(
  "Rest",
  ({ cooldownId, jobId, machineId, allocation, poweredOffAtMs }) => ({
    restId: cooldownId,
    jobId: jobId ?? NO_JOB,
    machineId,
    allocation,
    poweredOffAt: poweredOffAtMs,
  }),
  (fields) => ({
    cooldownId: fields.count("restId"),
    jobId: fields.count("jobId") || null,
    machineId: fields.count("machineId"),
    allocation: allocationFromFields(fields.nested("allocation")),
    poweredOffAtMs: fields.has("poweredOffAt") ? fields.number("poweredOffAt") : null,
  }),
);
