/** A server that was stopped, and goes on: nobody pays for the time in which it was away. */
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { DESTROYED, READY } from "./client.js";

const KEEPALIVE_S = 4;
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let running: RunningServer | null = null;

afterEach(async () => {
  await running?.end();
  running = null;
});

describe("a server that was stopped", () => {
  it("ends no job whose client was stopped as well, and one that nobody keeps alive", async () => {
    const baseIp = `${await ownNetwork()}.0.0`;
    running = await RunningServer.start({
      configuration: configurationText([machineText("m", { baseIp })]),
    });
    const client = await running.client();
    const kept = await client.create([1], { keepalive: KEEPALIVE_S });
    const left = await client.create([1], { keepalive: KEEPALIVE_S });
    await client.reaches(kept, READY);
    await client.call("job_keepalive", [left]);
    running.server.signal("SIGSTOP");
    await later((KEEPALIVE_S + 1) * 1000);
    running.server.signal("SIGCONT");
    // The keepalive checks that are overdue, and many more, come before these.
    for (let n = 0; n < 10; n++) {
      await client.call("version");
      await later(20);
    }
    expect(await client.state(kept)).toMatchObject({ state: READY });
    for (;;) {
      const listed = await client.call("list_jobs");
      if (!listed.some(({ job_id }) => job_id === left)) break;
      await client.call("job_keepalive", [kept]);
      await later(100);
    }
    expect(await client.state(kept)).toMatchObject({ state: READY });
    expect(await client.state(left)).toMatchObject({ state: DESTROYED, reason: "Job timed out." });
  }, 60_000);

  it("answers what was asked meanwhile, and takes jobs at once", async () => {
    const baseIp = `${await ownNetwork()}.0.0`;
    running = await RunningServer.start({
      configuration: configurationText([machineText("m", { baseIp })]),
    });
    const client = await running.client();
    const creating = Array.from({ length: 20 }, () => client.create([1]));
    running.server.signal("SIGSTOP");
    creating.push(client.create([1]), client.create([1]));
    await later(4000);
    running.server.signal("SIGCONT");
    const ids = await Promise.all(creating);
    expect(new Set(ids).size).toBe(ids.length);
  }, 60_000);
});
