/** What the commands of one server work on. */
import { STANDARD_CLIENT_LIMITS } from "../config/client-limits.js";
import { HostCounts } from "../domain/host-counts.js";
import type { EngineApi } from "../engine/contract/api.js";
import { JobListText, MachineListText } from "./answers/lists.js";
import { FirstTouches } from "./first-touches.js";
import type { Context } from "./requests/command.js";
import { Watches } from "./watches.js";

export function contextOf(engine: EngineApi, limits = () => STANDARD_CLIENT_LIMITS): Context {
  const watchCounts = new HostCounts();
  const jobWatches = new Watches<number>(watchCounts);
  return {
    engine,
    jobList: new JobListText(),
    machineList: new MachineListText(),
    jobWatches,
    machineWatches: new Watches<string>(watchCounts),
    firstTouches: new FirstTouches(engine, { watches: jobWatches, counts: watchCounts, limits }),
    watchCounts,
    limits,
  };
}

/** Ends all that is held for a connection that is closed. */
export function forget(
  { jobWatches, machineWatches, firstTouches }: Context,
  connection: Parameters<Watches<never>["stop"]>[0],
): void {
  jobWatches.stop(connection);
  machineWatches.stop(connection);
  firstTouches.stop(connection);
}
