/** BMPs that answer correctly, and late. Real processes all of it. */
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { READY } from "./client.js";

const NETWORK = await ownNetwork();

let running: RunningServer;

// Fails when any BMP ever got a request while it was at work on another.
afterEach(() => running.end());

describe("a BMP that answers after 0.7 s", () => {
  it("is used with the default times, is logged as slow, and never has two requests at once", async () => {
    const machine = machineText("m", { baseIp: `${NETWORK}.5.0` });
    running = await RunningServer.start({
      configuration: configurationText([machine]).replace("secondsToReply: 0.5,", ""),
      faults: [{ replyMs: 700 }],
    });
    const client = await running.client();
    await client.reaches(await client.create([1]), READY);
    await running.server.printed("is slow: 3 replies in a row took up to 0.7");
    expect(running.server.output).not.toContain("has not answered since");
  });
});
