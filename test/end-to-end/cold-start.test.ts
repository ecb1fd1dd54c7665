/** A cold start of a real server: it forgets last of all, and leaves no board on. */
import { createServer } from "node:net";
import { afterEach, expect, it } from "vitest";
import { freePort, ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { READY } from "./client.js";

const NETWORK = await ownNetwork();

let running: RunningServer;

afterEach(() => running.end());

it("forgets nothing when its port is taken; otherwise it says what, and powers the boards off", async () => {
  const machine = machineText("m", { baseIp: `${NETWORK}.1.0` });
  running = await RunningServer.start({ configuration: configurationText([machine]) });
  const client = await running.client();
  const job = await client.create([3]);
  await client.reaches(job, READY);
  await running.server.kill();

  const taken = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => taken.listen(port, "127.0.0.1", resolve));
  const refused = running.spawnServer("--cold-start", "--port", String(port));
  expect((await refused.ended()).code).toBe(1);
  expect(refused.output).toContain("the port is taken");
  taken.close();

  await running.startServer();
  const again = await running.client();
  await again.reaches(job, READY);
  expect(await running.powered()).toHaveLength(3);
  again.close();
  running.server.signal("SIGTERM");
  await running.server.ended();

  running.configure(configurationText([]));
  await running.startServer("--cold-start");
  await running.server.printed("cold start: forgot 1 job");
  await running.server.printed("cold start: 3 boards of machine m may be on and are powered off");
  await running.poweredBecomes(0);
  await running.server.printed("removed machine m is now powered off and forgotten");
  const next = await running.client();
  expect(await next.call("list_jobs")).toEqual([]);
  expect((await next.state(job)).state).toBe(0);
});
