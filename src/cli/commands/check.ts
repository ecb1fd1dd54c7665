/** `spalloc-server check <config>`: what a configuration says, without starting anything. */
import { resolve } from "node:path";
import { CONFIGURATION_FIELDS } from "../../config/configuration-fields.js";
import type { ConfigurationDescription } from "../../config/description.js";
import { ConfigurationError } from "../../config/error.js";
import { summaryOf } from "../../config/fields/summary.js";
import { MACHINE_FIELDS } from "../../config/machine/machine-fields.js";
import { memoryNeeded, memoryText } from "../../config/memory-needed.js";
import { loadConfiguration } from "../../config-loading/load.js";
import { resolvedNameWarnings } from "../../config-loading/resolved-names.js";
import { boardCount } from "../../domain/board.js";
import { counted } from "../../domain/counted.js";
import type { MachineDescription } from "../../domain/machine.js";
import { ExitCode } from "../../host/exit-code.js";
import { print, printError } from "../../host/print.js";
import { besideConfiguration } from "../../host/state-directory.js";
import { openToOthers } from "../../store/open-to-others.js";

interface CheckOptions {
  readonly json: boolean;
  /** Whether warnings count as errors. */
  readonly strict: boolean;
}

/**
 * Loads a configuration file and prints what it describes on stdout: a summary for people, or all
 * of it as JSON. Prints on stderr why it cannot be used, if it cannot, and what is hardly meant, also
 * of the state directory beside it. Asks the name service for the addresses of host names.
 *
 * @returns The exit code: 0 for a good file, 1 for a bad one; with `strict`, 1 if there are warnings.
 */
export async function check(path: string, { json, strict }: CheckOptions): Promise<number> {
  try {
    let warnings = 0;
    const warn = (warning: string) => {
      warnings++;
      printError(`warning: ${warning}`);
    };
    const configuration = await loadConfiguration(path, { warn });
    const open = openToOthers(besideConfiguration(resolve(path)));
    if (open !== null) warn(open);
    for (const warning of await resolvedNameWarnings(configuration.machines)) {
      warn(`${path}: ${warning}`);
    }
    const text = json ? JSON.stringify(configuration, null, 2) : summary(configuration);
    print(text);
    return strict && warnings > 0 ? ExitCode.cannotStart : ExitCode.ok;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    printError(error.message);
    return ExitCode.cannotStart;
  }
}

function summary(configuration: ConfigurationDescription): string {
  const { machines, ...values } = configuration;
  const { machines: _, ...fields } = CONFIGURATION_FIELDS;
  const boards = machines.reduce((sum, machine) => sum + liveBoards(machine), 0);
  return [
    `${counted(machines.length, "machine")}, ${counted(boards, "live board")}`,
    ...columns(summaryOf(fields, values)),
    `under all limits the server needs ${memoryText(memoryNeeded(configuration))}`,
    ...machines.flatMap((machine) => ["", ...machineSummary(machine)]),
  ].join("\n");
}

function machineSummary(machine: MachineDescription): string[] {
  const { name, ...values } = machine;
  const { name: _, ...fields } = MACHINE_FIELDS;
  return [
    `machine ${JSON.stringify(name)}, ${counted(liveBoards(machine), "live board")}`,
    ...columns(summaryOf(fields, values)),
  ];
}

function liveBoards(machine: MachineDescription): number {
  return boardCount(machine) - machine.deadBoards.length;
}

function columns(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
