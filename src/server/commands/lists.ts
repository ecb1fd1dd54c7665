/** Lists of everything there is. */
import { returned } from "../answer.js";
import { type Command, command } from "../command.js";
import { machineListText } from "../lists.js";

const listJobs = command("list_jobs", {}, (_, { engine, jobList }) => jobList.of(engine));

const listMachines = command("list_machines", {}, (_, { engine }) =>
  returned(machineListText(engine.machines())),
);

export const listCommands: readonly Command[] = [listJobs, listMachines];
