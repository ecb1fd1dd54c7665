/** A server that finds out that something is not as it must always be does not go on. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { type Client, READY } from "./client.js";

const NETWORK = await ownNetwork();
const DIST = new URL("../../dist/src/", import.meta.url);

let running: RunningServer;

afterEach(() => running.end());

/** Puts a server in the place of the running one whose method does its work twice. */
async function breakServer(module: string, type: string, method: string): Promise<Client> {
  const fault = join(running.directory, "fault.mjs");
  writeFileSync(
    fault,
    `import { ${type} } from ${JSON.stringify(new URL(module, DIST))};
     const { ${method} } = ${type}.prototype;
     ${type}.prototype.${method} = function (...args) {
       ${method}.apply(this, args);
       ${method}.apply(this, args);
     };\n`,
  );
  running.server.signal("SIGTERM");
  await running.server.ended();
  running.server = new RunningProgram(
    "spalloc-server",
    ["--port", String(running.port), running.configFile],
    { nodeOptions: ["--import", pathToFileURL(fault).href] },
  );
  await running.server.printed("serving on");
  return running.client();
}

/** The server ends for that reason, and another can start. */
async function endsBecause(reason: string): Promise<Client> {
  expect(await running.server.ended()).toEqual({ code: 1, signal: null });
  expect(running.server.output).toContain(`InvariantError: ${reason}`);
  expect(running.server.output).toContain("Nothing that was confirmed to a client is lost");
  await running.startServer();
  return running.client();
}

describe("a server whose bookkeeping contradicts itself", () => {
  beforeEach(async () => {
    const machine = machineText("m", { baseIp: `${NETWORK}.1.0` });
    running = await RunningServer.start({ configuration: configurationText([machine]) });
  });

  it("ends while it places a job, before the client is told of it", async () => {
    const occupy = ["placement/bitmaps/board-bitmaps.js", "BoardBitmaps", "occupy"] as const;
    const client = await breakServer(...occupy);
    await expect(client.create([])).rejects.toThrow("closed the connection");
    const again = await endsBecause("board [0, 0, 0] is given out but in use already");
    expect(await again.call("list_jobs")).toEqual([]);
  });

  it("ends while it carries out a request, with what was acknowledged before kept", async () => {
    const first = await (await running.client()).create([]);
    const client = await breakServer("engine/state/ended-jobs.js", "EndedJobs", "add");
    await expect(client.call("destroy_job", [first])).rejects.toThrow("closed the connection");
    const again = await endsBecause(`job ${first} ends a second time`);
    await again.reaches(first, READY);
  });
});
