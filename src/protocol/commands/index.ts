/** All commands by name. */
import type { Command } from "../requests/command.js";
import { createJob } from "./create-job.js";
import { jobCommands } from "./jobs.js";
import { listCommands } from "./lists.js";
import { notifyCommands } from "./notify.js";
import { positionCommands } from "./positions.js";
import { version } from "./version.js";
import { whereIs } from "./where-is.js";

export const COMMANDS: ReadonlyMap<string, Command> = new Map(
  [
    version,
    createJob,
    ...jobCommands,
    ...notifyCommands,
    ...listCommands,
    ...positionCommands,
    whereIs,
  ].map((command) => [command.name, command]),
);
