#!/usr/bin/env node
import { userInfo } from "node:os";
import { Command, InvalidArgumentError } from "commander";
import { NoServerError, ProtocolClient, RefusedError } from "../../client/protocol-client.js";
/**
 * `npm run try -- [options] [boards]`: takes a job through its life, as any client would, and says
 * what happens: created, queued, power, ready, given back.
 */
import { ExitCode } from "../../host/exit-code.js";
import { parsePort, runCommandLine } from "../command-line.js";
import { type Say, sayAsJson, sayAsText } from "./try-report.js";

interface Flags {
  readonly host: string;
  readonly port: number;
  readonly keep?: true;
  readonly json?: true;
}

interface MachineListed {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly dead_boards: readonly unknown[];
}

interface JobSaid {
  readonly state: number;
  readonly reason: string | null;
}

interface MachineInfo {
  readonly width: number;
  readonly height: number;
  readonly machine_name: string;
  readonly connections: readonly (readonly [readonly [number, number], string])[];
  readonly boards: readonly (readonly [number, number, number])[];
}

const STATES = [
  ["unknown", "the server does not know the job"],
  ["queued", "waiting for boards"],
  ["power", "the boards are being powered on"],
  ["ready", "the boards are on"],
  ["destroyed", ""],
] as const;
const READY = 3;
const DESTROYED = 4;
const KEEPALIVE_SECONDS = 60;
const SHOWN_CONNECTIONS = 3;

/** The job ended before it was ready. */
class LostJobError extends Error {
  override readonly name = "LostJobError";
}

const program = new Command("try")
  .description("Takes a job through its life on a running server, and says what happens.")
  .argument("[boards]", "how many boards", parseBoards, 600)
  .option("--host <host>", "where the server is", "localhost")
  .option("--port <number>", "the port it listens on", parsePort, 22244)
  .option("--keep", "keep the job until Ctrl-C instead of giving it back")
  .option("--json", "print one JSON object a line")
  .action(run);

await runCommandLine(program);

function parseBoards(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError("It is a whole number from 1.");
  }
  return Number(text);
}

async function run(boards: number, { host, port, keep, json }: Flags): Promise<void> {
  const say = json ? sayAsJson() : sayAsText();
  try {
    const client = await ProtocolClient.open(host, port);
    await sayServer(client, say);
    await live(client, boards, keep === true, say);
    client.close();
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    process.exit(ExitCode.cannotStart);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof NoServerError) {
    return `${error.message}; \`npm start\` starts one with a simulated machine`;
  }
  if (error instanceof RefusedError) return `the server refused: ${error.message}`;
  if (error instanceof LostJobError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function sayServer(client: ProtocolClient, say: Say): Promise<void> {
  const version = await client.call("version");
  const machines = (await client.call("list_machines")) as MachineListed[];
  const all = machines.map(({ name, width, height, dead_boards }) => ({
    name,
    width,
    height,
    boards: width * height * 3 - dead_boards.length,
  }));
  const texts = all.map((m) => `${m.name} (${m.width} × ${m.height} triads, ${m.boards} boards)`);
  say("server", { version, machines: all }, `protocol ${version}; machines: ${texts.join(", ")}`);
}

/** The life of a job. Whatever happens on the way, Ctrl-C gives it back. */
async function live(
  client: ProtocolClient,
  boards: number,
  keep: boolean,
  say: Say,
): Promise<void> {
  // Watching begins before the job does, so that no change of it can be missed.
  await client.call("notify_job");
  const owner = userInfo().username;
  const keepalive = KEEPALIVE_SECONDS;
  const jobId = (await client.call("create_job", [boards], { owner, keepalive })) as number;
  say("created", { jobId, boards, owner }, `job ${jobId} for ${boards} boards, owner ${owner}`);
  const renewing = setInterval(
    () => {
      client.call("job_keepalive", [jobId]).catch(() => clearInterval(renewing));
    },
    (KEEPALIVE_SECONDS * 1000) / 3,
  );
  const interrupted = new Promise<void>((resolve) => process.once("SIGINT", resolve));
  const ended = await Promise.race([
    untilReady(client, jobId, say),
    interrupted.then(() => "interrupted" as const),
  ]);
  if (ended === "ready") {
    await client.call("no_notify_job");
    await sayBoards(client, jobId, say);
    if (keep) {
      say("kept", { jobId }, `job ${jobId} is yours until Ctrl-C`);
      await interrupted;
    }
  }
  clearInterval(renewing);
  await giveBack(client, jobId, say);
  if (ended === "interrupted") process.exit(ExitCode.interrupted);
}

async function untilReady(client: ProtocolClient, jobId: number, say: Say): Promise<"ready"> {
  for (let last = -1; ; await client.notification()) {
    const { state, reason } = (await client.call("get_job_state", [jobId])) as JobSaid;
    if (state !== last) {
      const [name, meaning] = STATES[state] ?? STATES[0];
      say(name, { jobId, reason }, reason ?? meaning);
      last = state;
    }
    if (state === READY) return "ready";
    if (state === DESTROYED || state === 0) {
      throw new LostJobError(`job ${jobId} ended before it was ready: ${reason ?? "no reason"}`);
    }
  }
}

async function sayBoards(client: ProtocolClient, jobId: number, say: Say): Promise<void> {
  const info = (await client.call("get_job_machine_info", [jobId])) as MachineInfo;
  const { width, height, connections, machine_name: machine, boards } = info;
  say(
    "allocated",
    { jobId, machine, width, height, boards: boards.length },
    `${boards.length} boards of ${machine}, ${width} × ${height} chips`,
  );
  const first = connections.slice(0, SHOWN_CONNECTIONS);
  const more = connections.length > first.length ? ", …" : "";
  say(
    "connections",
    { jobId, count: connections.length, first },
    `${connections.length}: ${first.map(([[x, y], host]) => `(${x},${y}) ${host}`).join(", ")}${more}`,
  );
  const [x, y] = connections.at(-1)![0];
  const where = (await client.call("where_is", [], { job_id: jobId, chip_x: x, chip_y: y })) as {
    readonly logical: readonly number[];
    readonly physical: readonly number[];
  };
  const [cabinet, frame, board] = where.physical;
  say(
    "where",
    { jobId, ...where },
    `chip (${x},${y}) of the job is on board (${where.logical}): ` +
      `cabinet ${cabinet}, frame ${frame}, board ${board}`,
  );
}

/** Destroys the job, and waits until one of its boards is nobody's. */
async function giveBack(client: ProtocolClient, jobId: number, say: Say): Promise<void> {
  const info = (await client.call("get_job_machine_info", [jobId])) as MachineInfo;
  const watches = info.machine_name !== null;
  if (watches) await client.call("notify_machine", [info.machine_name]);
  await client.call("destroy_job", [jobId, "tried"]);
  say("destroyed", { jobId }, `job ${jobId}`);
  if (!watches) return;
  const [x, y, z] = info.boards[0]!;
  const owner = async () => {
    const query = { machine: info.machine_name, x, y, z };
    const where = (await client.call("where_is", [], query)) as { job_id: number | null } | null;
    return where?.job_id ?? null;
  };
  while ((await owner()) === jobId) await client.notification();
  say(
    "returned",
    { jobId, boards: info.boards.length },
    `the ${info.boards.length} boards are nobody's; they are powered off and rest ` +
      "(`secondsBeforeFree` of the configuration) before they are allocated again",
  );
}
