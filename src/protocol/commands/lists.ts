/** Lists of all jobs and all machines. */
import { type Command, command } from "../requests/command.js";

const listJobs = command("list_jobs", {}, (_, { engine, jobList }, caller) =>
  jobList.of(engine, caller),
);

const listMachines = command("list_machines", {}, (_, { engine, machineList }, caller) =>
  machineList.of(engine, caller),
);

export const listCommands: readonly Command[] = [listJobs, listMachines];
