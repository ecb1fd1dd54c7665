#!/usr/bin/env node
/** `spalloc-bmp-simulator [options] <config>` */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { BMP_PORT } from "../bmp/wire/packet.js";
import { ConfigurationError } from "../config/error.js";
import { absolutePathOf } from "../config-loading/directory.js";
import { loadConfiguration } from "../config-loading/load.js";
import { counted } from "../domain/counted.js";
import { ExitCode } from "../host/exit-code.js";
import { print, printError } from "../host/print.js";
import { parseJson } from "../json/index.js";
import {
  injectFaults,
  type Simulator,
  SimulatorError,
  startControl,
  startSimulator,
} from "../simulator/index.js";
import { packageVersion, parsePort, runCommandLine } from "./command-line.js";

interface Flags {
  readonly port: number;
  readonly powerOnMs: number;
  readonly replyMs: number;
  readonly eagerReplies?: true;
  readonly seed: number;
  readonly controlPort?: number;
  readonly allowAnyAddress?: true;
  readonly faults?: string;
  readonly packetLog: number;
}

const program = new Command("spalloc-bmp-simulator")
  .description(
    "Simulates every BMP of a configuration, on the loopback addresses that it names.\n" +
      "On SIGHUP it loads the configuration again and keeps the boards as they are.",
  )
  .version(packageVersion(), "-V, --version")
  .argument("<config>", "configuration file of the server")
  .option("--port <number>", "UDP port of the BMPs", parsePort, BMP_PORT)
  .option("--power-on-ms <number>", "milliseconds that a power-on takes", parseCount, 2000)
  .option("--reply-ms <number>", "milliseconds that any other request takes", parseCount, 2)
  .option("--eager-replies", "power-ons of boards other than 0 are answered before they are up")
  .option("--seed <number>", "seed for everything random in simulated faults", parseCount, 1)
  .option(
    "--control-port <number>",
    "port on 127.0.0.1 for state, packets and faults over HTTP (default: none)",
    parsePort,
  )
  .option("--faults <file>", "JSON file of faults to start with; see docs/reference/simulator.md")
  .option("--packet-log <number>", "number of packets to remember", parseCount, 20_000)
  .option("--allow-any-address", "also answer on addresses outside the loopback interface")
  .action(run);

await runCommandLine(program);

async function run(config: string, { controlPort, faults, ...options }: Flags): Promise<void> {
  try {
    const faultsFile = faults && resolve(faults);
    const file = absolutePathOf(config);
    const simulator = await startSimulator(await loadConfiguration(file), options);
    if (faultsFile !== undefined) injectFaults(simulator, readFaults(faultsFile));
    const control = controlPort === undefined ? null : await startControl(simulator, controlPort);
    const stop = () => {
      control?.close();
      simulator.close().then(
        () => process.exit(ExitCode.ok),
        (error: unknown) => {
          complain(error);
          process.exit(ExitCode.cannotStart);
        },
      );
    };
    process.once("SIGINT", stop).once("SIGTERM", stop);
    // One after the other: each opens sockets that the next must find open.
    let reloads = Promise.resolve();
    process.on("SIGHUP", () => {
      reloads = reloads.then(() => reload(simulator, file));
    });
    print(`simulating ${summary(simulator)}, UDP port ${options.port}`);
  } catch (error) {
    complain(error);
    // Sockets may still be open: those of the BMPs when only the control port is taken.
    process.exit(ExitCode.cannotStart);
  }
}

function readFaults(file: string): unknown {
  const json = parseJson(readFileSync(file, "utf8"));
  if (!json.ok) throw new SimulatorError(`--faults ${file}: ${json.problem}`);
  return json.value;
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

/** Errors that are expected as their message, others with their stack. */
function complain(error: unknown): void {
  const expected =
    error instanceof SimulatorError ||
    error instanceof ConfigurationError ||
    (error instanceof Error && "code" in error);
  const text = expected ? error.message : error instanceof Error ? error.stack : String(error);
  printError(`spalloc-bmp-simulator: ${text}`);
}

function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) {
    throw new InvalidArgumentError("It must be a whole number from 0 to 999999999.");
  }
  return Number(text);
}
