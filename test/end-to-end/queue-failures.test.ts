/** Failures Q of the server this one succeeds, by their numbers: none of them here. */
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { type Client, QUEUED, READY } from "./client.js";

const NETWORK = await ownNetwork();

/** No keepalive check, and so no wake-up of the server by itself, within a test. */
const NO_WAKE_UP = "timeoutCheckInterval: 3600,";

let running: RunningServer;

afterEach(() => running.end());

async function readyJobs(client: Client, count: number, args: readonly unknown[] = [1]) {
  const ids: number[] = [];
  for (let n = 0; n < count; n++) ids.push(await client.create(args));
  for (const id of ids) await client.reaches(id, READY);
  return ids;
}

const boardsOf = async (client: Client, ids: readonly number[]) => {
  const infos = await Promise.all(ids.map((id) => client.info(id)));
  return infos.flatMap(({ boards }) => boards.map(String)).sort();
};

describe("known failures of placement and queue", () => {
  it("failure Q9: a board marked dead under a running job is not handed out again, and the server lives", async () => {
    const machine = (more = "") => machineText("m", { baseIp: `${NETWORK}.1.0`, more });
    running = await RunningServer.start({ configuration: configurationText([machine()]) });
    const client = await running.client();
    const ids = await readyJobs(client, 3);
    expect(await boardsOf(client, ids)).toEqual(["0,0,0", "0,0,1", "0,0,2"]);
    await running.reload(configurationText([machine("deadBoards: [[0, 0, 1]],")]));
    for (const id of ids) expect((await client.state(id)).state).toBe(READY);
    for (const id of ids) await client.call("destroy_job", [id]);
    const again = await readyJobs(client, 2);
    expect(await boardsOf(client, again)).toEqual(["0,0,0", "0,0,2"]);
    const third = await client.create([1]);
    expect((await client.state(third)).state).toBe(QUEUED);
    await running.poweredBecomes(2);
    await running.reload(configurationText([machine()]));
    await client.reaches(third, READY);
    expect(await boardsOf(client, [third])).toEqual(["0,0,1"]);
  });

  it("failure Q10: where_is knows the running jobs after a reload of tags and dead boards", async () => {
    const machine = (more = "") =>
      machineText("m", { width: 2, height: 2, baseIp: `${NETWORK}.2.0`, more });
    running = await RunningServer.start({ configuration: configurationText([machine()]) });
    const client = await running.client();
    const ids = [...(await readyJobs(client, 1, [2, 1])), ...(await readyJobs(client, 2))];
    const places = () =>
      Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          client.call("where_is", [], {
            ...{ machine: "m", x: Math.floor(i / 6), y: Math.floor(i / 3) % 2, z: i % 3 },
          }),
        ),
      );
    const before = await places();
    const known = new Set(before.map((place) => place?.job_id));
    expect(known).toEqual(new Set([...ids, null]));
    for (const more of [
      `tags: ["other"],`,
      `deadBoards: [[0, 0, 1], [1, 1, 1]],`,
      `tags: ["default", "other"], deadLinks: [[0, 0, 0, 0]],`,
    ]) {
      await running.reload(configurationText([machine(more)]));
      expect(await places()).toEqual(before);
      for (const id of ids) {
        const chip = { job_id: id, chip_x: 0, chip_y: 0 };
        expect(await client.call("where_is", [], chip)).toMatchObject({ job_id: id });
      }
    }
  });

  it("failure Q11: a reload that removes a machine whose boards are powering off is applied whole", async () => {
    const old = machineText("old", { baseIp: `${NETWORK}.3.0` });
    const kept = (more = "") => machineText("kept", { baseIp: `${NETWORK}.4.0`, more });
    const fresh = machineText("new", { baseIp: `${NETWORK}.5.0` });
    // The BMP of the old machine does not answer its power-off until the reload is over.
    const patient = "secondsBeforeRetry: 10,";
    running = await RunningServer.start({
      configuration: configurationText([old, kept()], patient),
    });
    const client = await running.client();
    const [id] = await readyJobs(client, 1, [3]);
    expect((await client.info(id!)).machine_name).toBe("old");
    const bmp = (await running.simulated()).bmps.find(({ boards }) => boards[0]?.machine === "old");
    await running.misbehave({ bmp: bmp!.bmp, silent: true });
    await client.call("destroy_job", [id]);
    await running.reload(configurationText([kept(`tags: ["default", "big"],`), fresh], patient));
    expect(running.server.output).not.toContain("removed machine old is now");
    const machines = async () => {
      const listed = await client.call("list_machines");
      return listed.map(({ name, tags }) => [name, ...tags]);
    };
    // A list shows what is on disk: the reload is in a moment.
    await expect.poll(machines).toEqual([
      ["kept", "big", "default"],
      ["new", "default"],
    ]);
    await readyJobs(client, 1, [3]);
    expect(await running.powered()).toHaveLength(6);
    await running.misbehave({ bmp: bmp!.bmp, silent: false });
    await running.server.printed("removed machine old is now powered off and forgotten");
    await running.poweredBecomes(3);
    const [last] = await readyJobs(client, 1, [3]);
    expect((await client.info(last!)).machine_name).toBe("new");
  });

  it("failure Q13: a block whose bottom-left board is dead is found elsewhere, moved or turned", async () => {
    const dead = "deadBoards: [[0, 0, 0]],";
    running = await RunningServer.start({
      configuration: configurationText([
        machineText("row", { width: 3, baseIp: `${NETWORK}.6.0`, more: dead }),
        machineText("column", { height: 3, baseIp: `${NETWORK}.7.0`, more: dead }),
      ]),
    });
    const client = await running.client();
    const moved = await client.create([2, 1], { machine: "row", max_dead_boards: 0 });
    await client.reaches(moved, READY);
    expect(await client.info(moved)).toMatchObject({ width: 28, height: 12 });
    // As many triads, asked for by their boards: they stand one above the other.
    const turned = await client.create([6], {
      machine: "column",
      max_dead_boards: 0,
      min_ratio: 0,
    });
    await client.reaches(turned, READY);
    expect(await client.info(turned)).toMatchObject({ width: 12, height: 28 });
    for (const id of [moved, turned]) {
      const chip = { job_id: id, chip_x: 0, chip_y: 0 };
      const found = await client.call("where_is", [], chip);
      expect(found?.logical).not.toEqual([0, 0, 0]);
    }
  });

  it("failure Q14: boards that come free serve the next job at once, which is told of", async () => {
    const machine = machineText("m", { baseIp: `${NETWORK}.8.0` });
    running = await RunningServer.start({
      configuration: configurationText([machine], NO_WAKE_UP),
    });
    const client = await running.client();
    const chain = [await client.create([3])];
    for (let n = 0; n < 5; n++) chain.push(await client.create([3]));
    for (const id of chain) {
      // By notifications and nothing else: no request of this client wakes the server up.
      await client.reaches(id, READY);
      await client.call("destroy_job", [id]);
    }
    // Boards in cooldown are waited for by a clock of their own.
    await running.reload(configurationText([machine], `${NO_WAKE_UP} secondsBeforeFree: 0.5,`));
    const [last] = await readyJobs(client, 1, [3]);
    const next = await client.create([3]);
    await client.call("destroy_job", [last]);
    await client.reaches(next, READY);
  });

  it("failure Q14: a job that a BMP's outcome lets start is told of at once", async () => {
    const machine = machineText("m", { width: 2, baseIp: `${NETWORK}.9.0` });
    running = await RunningServer.start({
      configuration: configurationText([machine], NO_WAKE_UP),
      faults: [{ boards: [{ board: 1, wrongFpga: { fpga: 2 } }] }],
    });
    const client = await running.client();
    const watcher = await running.client();
    const told = watcher.changes();
    await watcher.call("notify_job");
    // Its first boards fail; it gets others when that is known.
    const id = await client.create([3], { max_dead_boards: 0 });
    await client.reaches(id, READY);
    while ((await watcher.state(id)).state !== READY) await watcher.call("version");
    expect((await told.next()).jobs).toContain(id);
  });

  it("failure Q15: a changed secondsBeforeFree goes for machines that exist, and boards in cooldown", async () => {
    const machine = machineText("m", { baseIp: `${NETWORK}.10.0` });
    const inCooldown = (seconds: number) =>
      configurationText([machine], `${NO_WAKE_UP} secondsBeforeFree: ${seconds},`);
    running = await RunningServer.start({ configuration: inCooldown(3600) });
    const client = await running.client();
    const [first] = await readyJobs(client, 1, [3]);
    const second = await client.create([3]);
    const third = await client.create([3]);
    await client.call("destroy_job", [first]);
    await running.poweredBecomes(0);
    expect((await client.state(second)).state).toBe(QUEUED);
    await running.reload(inCooldown(0));
    await client.reaches(second, READY);
    await client.call("destroy_job", [second]);
    await client.reaches(third, READY);
  });
});
