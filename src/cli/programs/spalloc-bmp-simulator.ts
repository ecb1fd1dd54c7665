#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { BMP_PORT } from "../../bmp/wire/packet.js";
import { ConfigurationError } from "../../config/error.js";
import { loadConfiguration } from "../../config-loading/load.js";
/** `spalloc-bmp-simulator [options] <config>` */
import { ExitCode } from "../../host/exit-code.js";
import {
  injectFaults,
  type Simulator,
  SimulatorError,
  startControl,
  startSimulator,
} from "../../simulator/index.js";
import { packageVersion, parsePort, runCommandLine } from "../command-line.js";

interface Flags {
  readonly port: number;
  readonly powerOnMs: number;
  readonly replyMs: number;
  readonly seed: number;
  readonly controlPort?: number;
  readonly allowAnyAddress?: true;
  readonly faults?: string;
  readonly packetLog: number;
}

const program = new Command("spalloc-bmp-simulator")
  .description(
    "Answers for every BMP of a configuration, on the loopback addresses that it names.\n" +
      "SIGHUP reloads the configuration and keeps the boards as they are.",
  )
  .version(packageVersion(), "-V, --version")
  .argument("<config>", "configuration file of the server")
  .option("--port <number>", "UDP port of the BMPs", parsePort, BMP_PORT)
  .option("--power-on-ms <number>", "how long a power-on takes", parseCount, 2000)
  .option("--reply-ms <number>", "how long any other request takes", parseCount, 2)
  .option("--seed <number>", "seed of all chance in simulated faults", parseCount, 1)
  .option(
    "--control-port <number>",
    "serve state, packets and faults over HTTP on 127.0.0.1",
    parsePort,
  )
  .option("--faults <file>", "JSON file of faults to start with, see docs/bmp.md")
  .option("--packet-log <number>", "how many packets to remember", parseCount, 20_000)
  .option("--allow-any-address", "also answer on addresses other than loopback addresses")
  .action(run);

await runCommandLine(program);

async function run(config: string, { controlPort, faults, ...options }: Flags): Promise<void> {
  try {
    const simulator = await startSimulator(await loadConfiguration(config), options);
    if (faults !== undefined) injectFaults(simulator, readFaults(faults));
    const control = controlPort === undefined ? null : await startControl(simulator, controlPort);
    const stop = async () => {
      control?.close();
      await simulator.close();
      process.exit(ExitCode.ok);
    };
    process.once("SIGINT", stop).once("SIGTERM", stop);
    // One after the other: each opens sockets that the next must find open.
    let reloads = Promise.resolve();
    process.on("SIGHUP", () => {
      reloads = reloads.then(() => reload(simulator, config));
    });
    print(`simulating ${summary(simulator)}, UDP port ${options.port}`);
  } catch (error) {
    complain(error);
    // Not everything is closed by now, such as the BMPs when only the control port is taken.
    process.exit(ExitCode.cannotStart);
  }
}

function readFaults(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SimulatorError(`--faults ${file}: ${reason}`, { cause: error });
  }
}

async function reload(simulator: Simulator, config: string): Promise<void> {
  try {
    await simulator.apply(await loadConfiguration(config));
    print(`configuration reloaded: ${summary(simulator)}`);
  } catch (error) {
    complain(error);
    print(`still simulating ${summary(simulator)}`);
  }
}

function summary({ bmpCount, boardCount }: Simulator): string {
  return `${counted(bmpCount, "BMP")}, ${counted(boardCount, "board")}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Foreseen errors as their message, others with their stack. */
function complain(error: unknown): void {
  const foreseen =
    error instanceof SimulatorError ||
    error instanceof ConfigurationError ||
    (error instanceof Error && "code" in error);
  const text = foreseen ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`spalloc-bmp-simulator: ${text}\n`);
}

function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new InvalidArgumentError("It is a whole number from 0 to 999999999.");
  }
  return Number(text);
}
