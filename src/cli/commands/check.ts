/** `spalloc-server check <config>`: what a configuration says, without starting anything. */

import type { ConfigurationDescription } from "../../config/description.js";
import { ConfigurationError } from "../../config/error.js";
import { loadConfiguration } from "../../config-loading/load.js";
import { boardCount } from "../../domain/board.js";
import type { MachineDescription } from "../../domain/machine.js";

/**
 * Loads a configuration file and prints what it describes on stdout: a summary for people, or all
 * of it as JSON. Prints on stderr why it cannot be used, if it cannot.
 *
 * @returns The exit code: 0 for a good file, 1 for a bad one.
 */
export async function check(path: string, { json }: { readonly json: boolean }): Promise<number> {
  try {
    const configuration = await loadConfiguration(path);
    const text = json ? JSON.stringify(configuration, null, 2) : summary(configuration);
    process.stdout.write(`${text}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function summary(configuration: ConfigurationDescription): string {
  const { machines } = configuration;
  const boards = machines.reduce((sum, machine) => sum + liveBoards(machine), 0);
  const fields: [name: string, value: string][] = [
    ["listens on", configuration.ip === "" ? "all interfaces" : configuration.ip],
    ["sweeps keepalives every", seconds(configuration.timeoutCheckInterval)],
    ["remembers", count(configuration.maxRetiredJobs, "destroyed job")],
    ["queue", queue(configuration)],
    ["rests freed boards for", seconds(configuration.secondsBeforeFree)],
    ["lets boards settle for", seconds(configuration.secondsToSettle)],
    ["retries a BMP after", seconds(configuration.secondsBeforeRetry)],
    ["waits for a power-on", seconds(configuration.secondsToPowerOn)],
    ["places a job", count(configuration.maxPlacementAttempts, "time")],
    ["reads the health every", seconds(configuration.secondsBetweenHealthChecks)],
    ["tests quarantine every", seconds(configuration.secondsBetweenSelfTests)],
    ["releases a board after", count(configuration.selfTestsToRelease, "passed self-test")],
  ];
  for (const [name, limit] of Object.entries(configuration.clientLimits)) {
    fields.push([`limits clients, ${name}`, String(limit)]);
  }
  if (configuration.port !== null) {
    fields.push(["port (deprecated, use --port)", String(configuration.port)]);
  }
  return [
    `${count(machines.length, "machine")}, ${count(boards, "live board")}`,
    ...table(fields),
    ...machines.flatMap((machine) => ["", ...machineSummary(machine)]),
  ].join("\n");
}

function machineSummary(machine: MachineDescription): string[] {
  const { width, height, tags, deadBoards, deadLinks, bmpIps, spinnakerIps } = machine;
  return [
    `machine ${JSON.stringify(machine.name)}`,
    ...table([
      ["tags", tags.length === 0 ? "none (by name only)" : tags.join(", ")],
      ["size", `${width} × ${height} triads`],
      ["boards", `${liveBoards(machine)} live, ${deadBoards.length} dead`],
      ["dead links", String(deadLinks.length)],
      ["BMPs", `${count(bmpIps.length, "frame")}, ${range(bmpIps)}`],
      ["board addresses", range(spinnakerIps)],
    ]),
  ];
}

function liveBoards(machine: MachineDescription): number {
  return boardCount(machine) - machine.deadBoards.length;
}

const byNumber = new Intl.Collator("en", { numeric: true });

/** From the lowest address to the highest. */
function range(entries: readonly (readonly [readonly number[], string])[]): string {
  const addresses = entries.map(([, address]) => address).sort(byNumber.compare);
  const first = addresses[0];
  const last = addresses.at(-1);
  if (first === undefined || last === undefined) return "none";
  return first === last ? first : `${first} … ${last}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function queue({ queuePolicy, maxSecondsOvertaken }: ConfigurationDescription): string {
  if (queuePolicy === "fifo") return "first come, first served";
  return `overtaking, by jobs at most ${seconds(maxSecondsOvertaken)} younger`;
}

function seconds(value: number): string {
  return `${value} s`;
}

function table(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
}
