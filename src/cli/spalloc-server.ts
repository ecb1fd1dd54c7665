#!/usr/bin/env node
/**
 * `spalloc-server [options] <config>`
 *
 * What a command needs is loaded when it is asked for, so that each starts quickly.
 */
import "./hold-signals.js";
import { isatty } from "node:tty";
import { Command, Option } from "commander";
import { nearestName } from "../config/fields/nearest-name.js";
import { ExitCode } from "../host/exit-code.js";
import type { LogFormat } from "../host/log/log.js";
import { print, printError } from "../host/print.js";
import { processSignals } from "../host/signals.js";
import { reasonNotToStart } from "../host/start-errors.js";
import type { BoardChoice } from "../operator/index.js";
import { parseBoard } from "./board-choice.js";
import {
  packageFolder,
  packageVersion,
  parseExcluded,
  parseJobId,
  parsePath,
  parsePort,
  parseReason,
  runCommandLine,
} from "./command-line.js";

interface ServeFlags {
  readonly quiet?: true;
  readonly coldStart?: true;
  readonly port?: number;
  readonly stateDir?: string;
  readonly logFormat: LogFormat;
  readonly relaxed?: true;
  readonly breakLock?: true;
  readonly salvage?: true;
}

const program = new Command("spalloc-server")
  .description("Shares SpiNNaker machines among many users.")
  .version(packageVersion(), "-V, --version")
  .argument(
    "<config>",
    "configuration file in TypeScript or JavaScript; see docs/reference/configuration.md",
    parsePath,
  )
  .option("-q, --quiet", "log errors only")
  .option("--cold-start", "forget the saved jobs, machines and quarantine; job ids are not reused")
  .option("-p, --port <number>", "TCP port to listen on (default: 22244)", parsePort)
  .option(
    "--state-dir <directory>",
    "directory to keep the state in (default: next to the configuration)",
    parsePath,
  )
  .addOption(
    new Option("--log-format <format>", "format of the log")
      .choices(["pretty", "json"])
      .default(isatty(2) ? "pretty" : "json", "pretty on a terminal, otherwise json"),
  )
  .option(
    "--relaxed",
    "answer before changes are flushed to disk; a power failure may lose the last second",
  )
  .option("--break-lock", "start even if another server may be using the state directory")
  .option(
    "--salvage",
    "go on without the damaged records of the saved state, however many; they are kept in it",
  )
  .addHelpText("afterAll", `\nThe documents (docs/…) are in ${packageFolder()}`)
  .allowExcessArguments()
  .action(async (config: string, flags: ServeFlags, { args }: Command) => {
    if (args.length > 1) program.error(tooMany(config, args.length), { exitCode: 2 });
    const { serve } = await import("../host/serve.js");
    await serve(config, {
      quiet: flags.quiet === true,
      coldStart: flags.coldStart === true,
      port: flags.port ?? null,
      stateDirectory: flags.stateDir ?? null,
      logFormat: flags.logFormat,
      durable: flags.relaxed ? "relaxed" : "disk",
      breakLock: flags.breakLock === true,
      salvage: flags.salvage === true,
    });
  });

// Only a server has a use for signals of its own.
program.hook("preAction", (_, command) => {
  if (command !== program) processSignals.release();
});

program
  .command("check")
  .description("check a configuration and summarise it, without starting anything")
  .argument("<config>", "configuration file", parsePath)
  .option("--json", "print all of it as JSON")
  .option("--strict", "fail if there are warnings, too")
  .action(async (config: string, { json, strict }: { json?: true; strict?: true }) => {
    const { check } = await import("./commands/check.js");
    process.exitCode = await check(config, { json: json === true, strict: strict === true });
  });

program
  .command("init")
  .description("write a configuration to start from, set up for completion in editors")
  .argument("[directory]", "directory to write it to", parsePath, ".")
  .action(async (directory: string) => {
    const { init } = await import("./commands/init.js");
    for (const file of await init(directory)) print(`wrote ${file}`);
  });

/** Whoever mistypes a command gives what it takes, too, and means no configuration of that name. */
function tooMany(first: string, count: number): string {
  if (/[./\\]/.test(first)) return `error: one configuration is served, and ${count} were given`;
  const names = program.commands.map((command) => command.name());
  const near = nearestName(first, names);
  const meant =
    near === null ? `; the commands are ${names.join(", ")}` : `; did you mean ${near}?`;
  return `error: there is no command ${first}${meant}`;
}

const PATH = "state directory, or a configuration with its state next to it";

const state = program
  .command("state")
  .description("read a saved state, whether or not a server is running on it");

state
  .command("inspect")
  .description("print a summary")
  .argument("<path>", PATH, parsePath)
  .option("--json", "print it as JSON")
  .action(async (path: string, { json }: { json?: true }) => {
    const { inspectState } = await import("./commands/state.js");
    process.exitCode = await inspectState(path, { json: json === true });
  });

state
  .command("export")
  .description("print everything as JSON")
  .argument("<path>", PATH, parsePath)
  .action(async (path: string) => {
    const { exportState } = await import("./commands/state.js");
    process.exitCode = await exportState(path);
  });

state
  .command("backup")
  .description("copy the state as it is now to another directory, from which a server can start")
  .argument("<path>", PATH, parsePath)
  .argument("<directory>", "directory for the copy, empty or not there yet", parsePath)
  .action(async (path: string, directory: string) => {
    const { backUp } = await import("./commands/state.js");
    process.exitCode = await backUp(path, directory);
  });

state
  .command("drop")
  .description("have a running server drop excluded records for good; see docs/operating/state.md")
  .argument("<path>", PATH, parsePath)
  .argument("[numbers...]", "their numbers, as state inspect prints them", parseExcluded)
  .option("--all", "all of them")
  .action(async (path: string, numbers: number[], { all }: { all?: true }) => {
    if ((all === true) === numbers.length > 0) {
      state.error("error: name either the numbers of excluded records or --all", { exitCode: 2 });
    }
    const { dropExcluded } = await import("./commands/state.js");
    process.exitCode = await dropExcluded(path, numbers);
  });

const grace = program
  .command("grace")
  .description(
    "list jobs of a running server that nobody has come back for since its start, and end their grace; " +
      "see docs/operating/restarts.md",
  );

grace
  .command("list")
  .description("list jobs that live on until their grace is over, unless a client shows interest")
  .argument("<path>", PATH, parsePath)
  .option("--json", "print it as JSON")
  .action(async (path: string, { json }: { json?: true }) => {
    const { listGrace } = await import("./commands/grace.js");
    process.exitCode = await listGrace(path, { json: json === true });
  });

grace
  .command("end")
  .description("end the grace: jobs whose keepalive is over since the start are destroyed")
  .argument("<path>", PATH, parsePath)
  .argument("[jobs...]", "job ids; all jobs when none is given", parseJobId)
  .action(async (path: string, jobs: number[] | undefined) => {
    const { endGrace } = await import("./commands/grace.js");
    process.exitCode = await endGrace(path, jobs ?? []);
  });

const quarantine = program
  .command("quarantine")
  .description(
    "list and change the boards in quarantine on a running server; see docs/operating/quarantine.md",
  );

const BOARDS = "x,y,z or cabinet/frame/board; cabinet/frame for all boards of a frame";

quarantine
  .command("list")
  .description("list boards in quarantine with the reasons, and BMPs that do not answer")
  .argument("<path>", PATH, parsePath)
  .option("--all", "also list boards that have been released")
  .option("--history", "list what has happened to each board")
  .option("--json", "print all of it as JSON")
  .action(async (path: string, options: { all?: true; history?: true; json?: true }) => {
    const { listQuarantine } = await import("./commands/quarantine.js");
    process.exitCode = await listQuarantine(path, options);
  });

function boardsCommand(name: string, machine = "name of the machine"): Command {
  return quarantine
    .command(name)
    .argument("<path>", PATH, parsePath)
    .argument("<machine>", machine)
    .argument("<boards...>", BOARDS, parseBoard);
}

type BoardsAction = (
  path: string,
  machine: string,
  boards: BoardChoice[],
  options: { readonly reason: string },
) => Promise<void>;

const add: BoardsAction = async (path, machine, boards, { reason }) => {
  const { addToQuarantine } = await import("./commands/quarantine.js");
  process.exitCode = await addToQuarantine(path, machine, boards, reason);
};

boardsCommand("add")
  .description("put boards in quarantine until an operator releases them; jobs on them go on")
  .requiredOption("--reason <text>", "why, for the next person who looks", parseReason)
  .action(add);

const release: BoardsAction = async (path, machine, boards, { reason }) => {
  const { releaseFromQuarantine } = await import("./commands/quarantine.js");
  process.exitCode = await releaseFromQuarantine(path, machine, boards, reason);
};

boardsCommand("release")
  .description("release boards from quarantine")
  .option("--reason <text>", "what was done to them", parseReason, "")
  .action(release);

const drop: BoardsAction = async (path, machine, boards) => {
  const { dropFromQuarantine } = await import("./commands/quarantine.js");
  process.exitCode = await dropFromQuarantine(path, machine, boards);
};

boardsCommand("drop", "name of the machine that had them last")
  .description("forget boards that no machine has any more")
  .action(drop);

await runCommandLine(program).catch((error: unknown) => {
  printError(`spalloc-server: ${reasonNotToStart(error)}`);
  process.exitCode = ExitCode.cannotStart;
});
