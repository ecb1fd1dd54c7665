/** Lists of everything there is. */
import { returned } from "../answer.js";
import { type Command, command } from "../command.js";
import { machineListText } from "../replies.js";

// The list shows, and leaves out, what was done up to now: it waits until all of that is durable.
const listJobs = command("list_jobs", {}, (_, { engine, jobList }) =>
  returned(jobList.of(engine.jobs()), engine.currentMark()),
);

const listMachines = command("list_machines", {}, (_, { engine }) =>
  returned(machineListText(engine.machines())),
);

export const listCommands: readonly Command[] = [listJobs, listMachines];
