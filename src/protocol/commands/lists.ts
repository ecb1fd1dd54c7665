/** Lists of all jobs and all machines. */
import { returned } from "../answers/answer.js";
import { machineListText } from "../answers/lists.js";
import { type Command, command } from "../requests/command.js";

const listJobs = command("list_jobs", {}, (_, { engine, jobList }, caller) =>
  jobList.of(engine, caller),
);

const listMachines = command("list_machines", {}, (_, { engine }) =>
  returned(machineListText(engine.machines())),
);

export const listCommands: readonly Command[] = [listJobs, listMachines];
