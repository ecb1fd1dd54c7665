/** Configurations and jobs to test the engine with. */

import { STANDARD_CLIENT_LIMITS } from "../../src/config/client-limits.js";
import type { ConfigurationDescription } from "../../src/config/description.js";
import { type BoardCoordinate, boardCount, boardOfIndex } from "../../src/domain/board.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import type { PlacementRequest } from "../../src/domain/request.js";
import type { NewJob } from "../../src/engine/contract/api.js";

const BOARDS_PER_FRAME = 24;

/** A machine of triads whose boards fill frames in order; `cabinet` keeps machines apart. */
export function machine(
  name: string,
  width: number,
  height: number,
  more: Partial<MachineDescription> & { readonly cabinet?: number } = {},
): MachineDescription {
  const { cabinet = 0, ...fields } = more;
  const boards: BoardCoordinate[] = [];
  for (let index = 0; index < boardCount({ width, height }); index++) {
    boards.push(boardOfIndex(index, { width, height }));
  }
  const frames = Math.ceil(boards.length / BOARDS_PER_FRAME);
  return {
    name,
    tags: ["default"],
    width,
    height,
    deadBoards: [],
    deadLinks: [],
    boardLocations: boards.map((board, index) => [
      board,
      [cabinet, Math.floor(index / BOARDS_PER_FRAME), index % BOARDS_PER_FRAME],
    ]),
    bmpIps: Array.from({ length: frames }, (_, frame) => [
      [cabinet, frame],
      `bmp-${cabinet}-${frame}`,
    ]),
    spinnakerIps: boards.map((board) => [board, `board-${cabinet}-${board.join("-")}`]),
    ...fields,
  };
}

export function configuration(
  machines: readonly MachineDescription[],
  more: Partial<ConfigurationDescription> = {},
): ConfigurationDescription {
  return {
    machines,
    ip: "",
    port: null,
    timeoutCheckInterval: 5,
    secondsOfGraceAfterStart: 3600,
    maxRetiredJobs: 1200,
    secondsBeforeFree: 30,
    secondsToSettle: 5,
    secondsBeforeRetry: 15,
    secondsToPowerOn: 10,
    secondsToReply: 2,
    queuePolicy: "fifo",
    maxSecondsOvertaken: 3600,
    maxPlacementAttempts: 6,
    secondsBetweenHealthChecks: 60,
    secondsBetweenSelfTests: 300,
    selfTestsToRelease: 3,
    secondsToStop: 10,
    clientLimits: STANDARD_CLIENT_LIMITS,
    ...more,
  };
}

/** A request for at least so many boards. */
export function boards(count: number, more: Partial<PlacementRequest> = {}): PlacementRequest {
  return {
    size: { kind: "boards", boards: count },
    minRatio: 0,
    maxDeadBoards: null,
    maxDeadLinks: null,
    requireTorus: false,
    ...more,
  };
}

export function newJob(request: PlacementRequest, more: Partial<NewJob> = {}): NewJob {
  return {
    owner: "someone",
    keepaliveS: null,
    request,
    machine: null,
    tags: null,
    argsJson: "[]",
    kwargsJson: "{}",
    ...more,
  };
}
