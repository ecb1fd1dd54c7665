/**
 * `npm start [-- --port N]`: the simulated million-core machine and the server on it, until Ctrl-C;
 * says what to try in another terminal.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { connect } from "../client/index.js";
import { ExitCode } from "../host/exit-code.js";
import { print, printError } from "../host/print.js";
import { parsePort, runCommandLine } from "./command-line.js";

const command = new Command("npm start")
  .description("A simulated machine of a million cores, and a server on it, until Ctrl-C.")
  .option("--port <number>", "TCP port of the server", parsePort, 22244);
await runCommandLine(command.action(() => {}));
// Bad usage, or help.
if (process.exitCode !== undefined || process.argv.some((given) => /^(-h|--help)$/.test(given)))
  process.exit();
const { port: PORT } = command.opts<{ port: number }>();
const CONFIGURATION = fileURLToPath(
  new URL("../../../examples/million-core/cfg.ts", import.meta.url),
);
/** Real boards take seconds; these take long enough to be watched. */
const POWER_ON_MS = "1500";

const stateDirectory = mkdtempSync(join(tmpdir(), "spalloc-demo-"));
const children: ChildProcess[] = [];
let stopping = false;

/** Starts one of the package's programs; when one ends by itself, everything ends. */
function start(program: string, args: readonly string[]): ChildProcess {
  const file = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    // Ctrl-C reaches this process alone, which stops the two in order.
    detached: true,
  });
  children.push(child);
  child.once("exit", (code) => {
    if (stopping) return;
    printError(`${program} ended unexpectedly with code ${code}`);
    void stop(ExitCode.cannotStart);
  });
  return child;
}

function lineOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    createInterface(child.stdout!).once("line", resolve);
  });
}

async function stop(exitCode: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  // The server first: it finishes its BMP work, which the simulator must answer.
  for (const child of children.reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }
  rmSync(stateDirectory, { recursive: true, force: true });
  process.exit(exitCode);
}

process.on("SIGINT", () => void stop(ExitCode.ok));
process.on("SIGTERM", () => void stop(ExitCode.ok));

/** Whether a server answers on the port. */
async function isRunning(): Promise<boolean> {
  try {
    const client = await connect("localhost", PORT);
    await client.call("version");
    client.close();
    return true;
  } catch {
    return false;
  }
}

if (await isRunning()) {
  print(
    `already running: a server answers on port ${PORT}. \`npm run try${portFlag()}\` takes a job through its life on it`,
  );
  rmSync(stateDirectory, { recursive: true, force: true });
  process.exit(ExitCode.cannotStart);
}

/** How `npm run try` finds this server. */
function portFlag(more = ""): string {
  const words = [PORT === 22244 ? "" : `--port ${PORT}`, more].filter((word) => word !== "");
  return words.length === 0 ? "" : ` -- ${words.join(" ")}`;
}

const simulator = start("spalloc-bmp-simulator", ["--power-on-ms", POWER_ON_MS, CONFIGURATION]);
print(await lineOf(simulator));
const server = start("spalloc-server", [
  ...["--port", String(PORT), "--state-dir", stateDirectory, "--log-format", "pretty"],
  CONFIGURATION,
]);
print(await lineOf(server));
print(`
A machine of 1200 boards and over a million cores is ready for jobs on port ${PORT}.
In another terminal, in this directory, try:

    npm run try${portFlag()}       a job of 600 boards: queued, power, ready; then given back
    npm run try${portFlag("24")}    as many boards as you like

Press Ctrl-C to end it.`);
