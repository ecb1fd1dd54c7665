/** Failures F of the server this one succeeds: none of them here. */
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { READY } from "./client.js";

const NETWORK = await ownNetwork();

let running: RunningServer;

afterEach(() => running.end());

describe("known failures of first light", () => {
  it("20: a silent BMP keeps neither the server from starting nor other frames from working", async () => {
    // Nobody answers at the addresses of machine "silent": the simulator does not know it.
    const light = machineText("light", { baseIp: `${NETWORK}.1.0` });
    running = await RunningServer.start({ configuration: configurationText([light]) });
    running.server.signal("SIGTERM");
    await running.server.ended();
    const silent = machineText("silent", { baseIp: `${NETWORK}.20.0`, more: `tags: ["silent"]` });
    running.configure(configurationText([silent, light]));
    await running.startServer();
    const client = await running.client();
    const lost = await client.create([3], { tags: ["silent"] });
    const id = await client.create([3]);
    await client.reaches(id, READY);
    expect(await running.powered()).toHaveLength(3);
    expect((await client.state(lost)).state).not.toBe(READY);
  });

  it("26: its version is one that every client in use accepts", async () => {
    running = await RunningServer.start({
      configuration: configurationText([machineText("m", { baseIp: `${NETWORK}.2.0` })]),
    });
    const client = await running.client();
    const version = await client.call("version");
    const parts = version.split(".").map(Number);
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(parts[0]).toBe(1);
  });
});
