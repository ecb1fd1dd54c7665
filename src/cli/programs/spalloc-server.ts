#!/usr/bin/env node
import { Command, Option } from "commander";
/**
 * `spalloc-server [options] <config>`
 *
 * What a command needs is loaded when it is asked for, so that each starts quickly.
 */
import { ExitCode } from "../../host/exit-code.js";
import type { LogFormat } from "../../host/log.js";
import { reasonNotToStart } from "../../host/start-errors.js";
import type { BoardChoice } from "../../operator/index.js";
import { parseBoard } from "../board-choice.js";
import { packageVersion, parsePort, runCommandLine } from "../command-line.js";

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
  .description("Shares out SpiNNaker machines among many users.")
  .version(packageVersion(), "-V, --version")
  .argument(
    "<config>",
    "configuration file: TypeScript or JavaScript, see docs/reference/configuration.md",
  )
  .option("-q, --quiet", "print errors only")
  .option("--cold-start", "discard the saved state; job ids still go on where they were")
  .option("-p, --port <number>", "TCP port to listen on (default: 22244)", parsePort)
  .option("--state-dir <directory>", "where the state is kept (default: beside the configuration)")
  .addOption(
    new Option("--log-format <format>", "how log lines look")
      .choices(["pretty", "json"])
      .default(process.stderr.isTTY ? "pretty" : "json", "pretty on a terminal, else json"),
  )
  .option("--relaxed", "answer before the disk has flushed; a power cut may lose the last moments")
  .option("--break-lock", "start although another server may be using the state directory")
  .option("--salvage", "drop what is damaged in the saved state, keep it in a file, and go on")
  .action(async (config: string, flags: ServeFlags) => {
    const { serve } = await import("../../host/serve.js");
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

program
  .command("check")
  .description("check a configuration and say what is in it, without starting anything")
  .argument("<config>")
  .option("--json", "print the whole description as JSON")
  .action(async (config: string, { json }: { json?: true }) => {
    const { check } = await import("../commands/check.js");
    process.exitCode = await check(config, { json: json === true });
  });

program
  .command("init")
  .description("write a configuration to start from, with completion for editors")
  .argument("[directory]", "where to", ".")
  .action(async (directory: string) => {
    const { init } = await import("../commands/init.js");
    for (const file of await init(directory)) process.stdout.write(`wrote ${file}\n`);
  });

const state = program
  .command("state")
  .description("look into a saved state; a server may be running on it");

state
  .command("inspect")
  .description("say what is in it")
  .argument("<path>", "state directory, or configuration whose state lies beside it")
  .option("--json", "print the summary as JSON")
  .action(async (path: string, { json }: { json?: true }) => {
    const { inspectState } = await import("../commands/state.js");
    process.exitCode = inspectState(path, { json: json === true });
  });

state
  .command("export")
  .description("print everything in it as JSON")
  .argument("<path>", "state directory, or configuration whose state lies beside it")
  .action(async (path: string) => {
    const { exportState } = await import("../commands/state.js");
    process.exitCode = exportState(path);
  });

const quarantine = program
  .command("quarantine")
  .description("boards that are set aside, of a running server; see docs/quarantine.md");

const PATH = "state directory, or configuration whose state lies beside it";
const BOARDS = "x,y,z, or cabinet/frame/board, or cabinet/frame for all of a frame";

quarantine
  .command("list")
  .description("say which boards are set aside, why, and which BMPs do not answer")
  .argument("<path>", PATH)
  .option("--all", "also boards that were released")
  .option("--history", "with what happened to each")
  .option("--json", "print all of it as JSON")
  .action(async (path: string, options: { all?: true; history?: true; json?: true }) => {
    const { listQuarantine } = await import("../commands/quarantine.js");
    process.exitCode = await listQuarantine(path, options);
  });

quarantine
  .command("add")
  .description("set boards aside until an operator releases them; jobs on them go on")
  .argument("<path>", PATH)
  .argument("<machine>", "name of the machine")
  .argument("<boards...>", BOARDS, parseBoard)
  .requiredOption("--reason <text>", "why, for whoever comes next")
  .action(
    async (
      path: string,
      machine: string,
      boards: BoardChoice[],
      { reason }: { reason: string },
    ) => {
      const { changeQuarantine } = await import("../commands/quarantine.js");
      process.exitCode = await changeQuarantine("add", path, machine, boards, reason);
    },
  );

quarantine
  .command("release")
  .description("give boards back")
  .argument("<path>", PATH)
  .argument("<machine>", "name of the machine")
  .argument("<boards...>", BOARDS, parseBoard)
  .option("--reason <text>", "what was done about them", "")
  .action(
    async (
      path: string,
      machine: string,
      boards: BoardChoice[],
      { reason }: { reason: string },
    ) => {
      const { changeQuarantine } = await import("../commands/quarantine.js");
      process.exitCode = await changeQuarantine("release", path, machine, boards, reason);
    },
  );

await runCommandLine(program).catch((error: unknown) => {
  process.stderr.write(`spalloc-server: ${reasonNotToStart(error)}\n`);
  process.exitCode = ExitCode.cannotStart;
});
