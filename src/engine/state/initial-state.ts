/** The state of an engine that has not been started. */

import { Holdings } from "../jobs/holdings.js";
import { EndedJobs } from "./ended-jobs.js";
import type { EngineState } from "./engine-state.js";
import { UNCONFIGURED } from "./settings.js";

type World = Pick<
  EngineState,
  "clock" | "search" | "bmp" | "log" | "admission" | "journal" | "unitsPerSlice"
>;

export function initialState(world: World): EngineState {
  return {
    ...world,
    settings: UNCONFIGURED,
    counters: { nextJobId: 1, nextMachineId: 1, nextCooldownId: 1 },
    jobs: new Map(),
    holdings: new Holdings(),
    newJobs: [],
    firstAttempts: new Set(),
    endedJobs: new EndedJobs(world.journal, UNCONFIGURED.maxEndedJobs),
    machines: [],
    machinesById: new Map(),
    cooldowns: new Map(),
    quarantine: new Map(),
    maintenance: new Map(),
    maintenanceToPlan: new Map(),
    allToPlan: false,
    silentBmps: new Map(),
    suspectBmps: new Map(),
    failedInARow: new Map(),
    sharedBmps: new Set(),
    foundOn: new Map(),
    leftOn: new Map(),
    withheldChanged: new Set(),
    orders: new Map(),
    areQueuesFilled: false,
    refill: null,
    lastOrderId: 0,
    resuming: false,
    stopping: false,
  };
}
