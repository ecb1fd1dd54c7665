/** A server whose state another one has taken. */
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { takeAway } from "../store/open.js";
import { ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { READY } from "./client.js";

const NETWORK = await ownNetwork();

let running: RunningServer;

afterEach(() => running.end());

describe("a server whose state was taken", () => {
  it("ends although nobody asks it for anything, and leaves the boards as they are", async () => {
    running = await RunningServer.start({
      configuration: configurationText([machineText("m", { width: 1, baseIp: `${NETWORK}.1.0` })]),
    });
    const client = await running.client();
    await client.reaches(await client.create([]), READY);
    await takeAway(join(running.directory, "cfg.state"), "disk");
    expect(await running.server.ended()).toEqual({ code: 1, signal: null });
    expect(running.server.output).toMatch(/the state directory is lost/);
    expect(await running.powered()).toHaveLength(1);
  });
});
