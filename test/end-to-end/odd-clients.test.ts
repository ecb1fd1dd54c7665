/** What odd clients send to a real server, and what others see of it. */
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";

const NETWORK = await ownNetwork();

let running: RunningServer;

afterEach(() => running.end());

const start = async (net: number): Promise<RunningServer> => {
  const machine = machineText("m", { width: 2, baseIp: `${NETWORK}.${net}.0` });
  running = await RunningServer.start({ configuration: configurationText([machine]) });
  return running;
};

/** Sends a line, and closes the connection without waiting for the answer. */
function sendAndLeave(port: number, request: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.end(`${JSON.stringify(request)}\n`));
    socket.once("finish", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}

describe("a client", () => {
  it("that is gone before it is told of its job leaves none behind", async () => {
    await start(1);
    const client = await running.client();
    const kwargs = { owner: "gone", keepalive: null };
    // A server that stands still finds the request and the end of the connection together.
    running.server.signal("SIGSTOP");
    await sendAndLeave(running.port, { command: "create_job", args: [1], kwargs });
    running.server.signal("SIGCONT");
    const other = await client.create([1]);
    await running.server.printed("its client was gone before it could be told the id");
    let ids: number[];
    do ids = (await client.call("list_jobs")).map(({ job_id }) => job_id);
    while (ids.length > 1);
    expect(ids).toEqual([other]);
  });

  it("that says null where it has nothing to say gets a job, whose list others can read", async () => {
    await start(2);
    const client = await running.client();
    const odd = [
      await client.create([null]),
      await client.create([1], { min_ratio: null, tags: null, machine: null }),
    ];
    const jobs = await client.call("list_jobs");
    expect(jobs.map(({ job_id }) => job_id)).toEqual(odd);
    for (const { args, kwargs } of jobs) {
      expect(args).not.toContain(null);
      expect(kwargs).toBeTypeOf("object");
    }
  });

  it("that names what is meant for a server of another kind gets its job", async () => {
    await start(3);
    const client = await running.client();
    for (const meant of [{ group: "g" }, { collab: "c" }, { nmpi_job: 17 }, { group: null }]) {
      const id = await client.create([1], meant);
      expect((await client.call("list_jobs")).map(({ job_id }) => job_id)).toContain(id);
    }
  });
});
