#!/usr/bin/env node
/**
 * `npm run try -- [options] [boards]`: takes a job through its life, as any client would, and says
 * what happens: created, queued, power, ready, given back.
 */
import { userInfo } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import {
  type Client,
  connect,
  Job,
  JobEndedError,
  JobState,
  NoServerError,
  RefusedError,
  stateName,
} from "../client/index.js";
import { counted } from "../domain/counted.js";
import { positionName, tupleText } from "../domain/names.js";
import { ExitCode } from "../host/exit-code.js";
import { printError } from "../host/print.js";
import { parsePort, runCommandLine } from "./command-line.js";
import { type Say, sayAsJson, sayAsText } from "./try-report.js";

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly keep?: true;
  readonly json?: true;
}

const MEANING: Readonly<Record<JobState, string>> = {
  [JobState.unknown]: "the server does not know the job",
  [JobState.queued]: "waiting for boards",
  [JobState.power]: "the boards are being powered on",
  [JobState.ready]: "the boards are on",
  [JobState.destroyed]: "",
};
const SHOWN_CONNECTIONS = 3;

const program = new Command("try")
  .description("Takes a job through its life on a running server, and says what happens.")
  .argument("[boards]", "how many boards to ask for", parseBoards, 600)
  .option("--host <host>", "host name or address of the server", "localhost")
  .option("--port <number>", "TCP port of the server", parsePort, 22244)
  .option("--keep", "keep the job until Ctrl-C instead of giving it back at once")
  .option("--json", "print one JSON object per line")
  .action(run);

await runCommandLine(program);

function parseBoards(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError("It must be a whole number from 1 to 999999999.");
  }
  return Number(text);
}

async function run(boards: number, { host, port, keep, json }: Flags): Promise<void> {
  const say = json ? sayAsJson() : sayAsText();
  try {
    const client = await connect(host, port);
    await sayServer(client, say);
    await live(client, boards, keep === true, say);
    client.close();
  } catch (error) {
    printError(reasonOf(error));
    process.exit(ExitCode.cannotStart);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NoServerError) {
    return `${error.message}; \`npm start\` starts a server with a simulated machine`;
  }
  if (error instanceof RefusedError) return `the server refused: ${error.message}`;
  if (error instanceof JobEndedError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function sayServer(client: Client, say: Say): Promise<void> {
  const version = await client.call("version");
  const machines = (await client.call("list_machines")).map(
    ({ name, width, height, dead_boards }) => {
      return { name, width, height, boards: width * height * 3 - dead_boards.length };
    },
  );
  const texts = machines.map(
    ({ name, width, height, boards }) =>
      `${name} (${width} × ${height} triads, ${counted(boards, "board")})`,
  );
  say(
    "server",
    { version, machines },
    `protocol ${version}; machines: ${texts.join(", ") || "none"}`,
  );
}

/** The life of a job. Whatever happens on the way, Ctrl-C gives its boards back. */
async function live(client: Client, boards: number, keep: boolean, say: Say): Promise<void> {
  const owner = userInfo().username;
  const job = await Job.create(client, { owner, size: [boards] });
  say(
    "created",
    { jobId: job.id, boards, owner },
    `job ${job.id} for ${counted(boards, "board")}, owner ${owner}`,
  );
  const interrupted = new Promise<"interrupted">((resolve) =>
    process.once("SIGINT", () => resolve("interrupted")),
  );
  const ready = job.untilReady(({ state, reason }) =>
    say(stateName(state), { jobId: job.id, reason }, reason ?? MEANING[state]),
  );
  const ended = await Promise.race([ready, interrupted]);
  if (ended !== "interrupted") {
    await sayBoards(client, job, say);
    if (keep) {
      say("kept", { jobId: job.id }, `job ${job.id} is yours until Ctrl-C`);
      await interrupted;
    }
  }
  await giveBack(client, job, say);
  if (ended === "interrupted") process.exit(ExitCode.interrupted);
}

async function sayBoards(client: Client, job: Job, say: Say): Promise<void> {
  const info = await job.boards();
  if (info === null) throw new JobEndedError(job.id, (await job.state()).reason);
  const { width, height, connections, machine_name: machine, boards } = info;
  const jobId = job.id;
  say(
    "allocated",
    { jobId, machine, width, height, boards: boards.length },
    `${counted(boards.length, "board")} of ${machine}, ${width} × ${height} chips`,
  );
  const first = connections.slice(0, SHOWN_CONNECTIONS);
  const more = connections.length > first.length ? ", …" : "";
  say(
    "connections",
    { jobId, count: connections.length, first },
    `${connections.length}: ${first.map(([[x, y], host]) => `(${x}, ${y}) ${host}`).join(", ")}${more}`,
  );
  const [x, y] = connections.at(-1)![0];
  const where = await client.call("where_is", [], { job_id: jobId, chip_x: x, chip_y: y });
  if (where === null) return;
  say(
    "where",
    { jobId, ...where },
    `chip (${x}, ${y}) of the job is on board ${tupleText(where.logical)} ` +
      `(${positionName(where.physical)})`,
  );
}

/** Destroys the job, and waits until its boards have left it. */
async function giveBack(client: Client, job: Job, say: Say): Promise<void> {
  const info = await job.boards();
  const changes = client.changes();
  if (info !== null) await client.call("notify_machine", [info.machine_name]);
  await job.destroy("tried");
  say("destroyed", { jobId: job.id }, `job ${job.id}`);
  if (info === null) return;
  const [x, y, z] = info.boards[0]!;
  const query = { machine: info.machine_name, x, y, z };
  while ((await client.call("where_is", [], query))?.job_id === job.id) await changes.next();
  changes.stop();
  const boards = info.boards.length;
  say(
    "returned",
    { jobId: job.id, boards },
    `${boards === 1 ? "the board" : `the ${boards} boards`} will be free after a power-off and ` +
      "a cooldown (`secondsBeforeFree` in the configuration)",
  );
}
