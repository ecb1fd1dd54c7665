/** What the commands of one server work on. */
import type { EngineApi } from "../engine/contract/api.js";
import { JobListText, MachineListText } from "./answers/lists.js";
import { FirstTouches } from "./first-touches.js";
import type { Context } from "./requests/command.js";
import { Watches } from "./watches.js";

export function contextOf(engine: EngineApi): Context {
  const jobWatches = new Watches<number>();
  return {
    engine,
    jobList: new JobListText(),
    machineList: new MachineListText(),
    jobWatches,
    machineWatches: new Watches<string>(),
    firstTouches: new FirstTouches(engine, jobWatches),
  };
}
