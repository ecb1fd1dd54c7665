/** The server as an operator and his users meet it: real processes, TCP, UDP, files and signals. */
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import {
  configurationText,
  machineText,
  RunningServer,
  type RunningServerOptions,
} from "../support/running-server.js";
import { DESTROYED, POWER, QUEUED, READY } from "./client.js";

const NETWORK = await ownNetwork();

let running: RunningServer;
let addresses = 0;

async function start(options: RunningServerOptions): Promise<void> {
  running = await RunningServer.start(options);
}

/** A range of loopback addresses that no other running of this file uses. */
function baseIp(): string {
  addresses += 1;
  return `${NETWORK}.${addresses * 10}.0`;
}

afterEach(() => running.end());

describe("a job", () => {
  it("is queued, powered, ready and destroyed, with its boards on and its periphery cut meanwhile", async () => {
    const machine = machineText("m", { width: 4, height: 2, baseIp: baseIp() });
    await start({ configuration: configurationText([machine]) });
    const client = await running.client();
    const blocker = await client.create([4, 2]);
    const id = await client.create([2, 1]);
    expect((await client.state(id)).state).toBe(QUEUED);
    await client.reaches(blocker, READY);
    expect((await running.powered()).every(({ stoppedLinks }) => stoppedLinks.length === 0)).toBe(
      true,
    );
    await client.call("destroy_job", [blocker]);
    await client.reaches(id, READY);

    const info = await client.info(id);
    expect(info).toMatchObject({ width: 28, height: 16, machine_name: "m" });
    expect(info.connections).toHaveLength(6);
    expect(info.connections[0]![0]).toEqual([0, 0]);
    const on = await running.powered();
    expect(on.map(({ x, y, z }) => [x, y, z]).sort()).toEqual([...info.boards].sort());
    // A block of 2 × 1 triads in a machine of 4 × 2 has 20 links that leave it.
    expect(on.flatMap(({ stoppedLinks }) => stoppedLinks)).toHaveLength(20);

    const [x, y, z] = info.boards[3]!;
    const found = await client.call("where_is", [], { machine: "m", x, y, z });
    expect(found).toMatchObject({ logical: [x, y, z], job_id: id });

    await client.call("destroy_job", [id, "finished"]);
    expect(await client.state(id)).toMatchObject({ state: DESTROYED, reason: "finished" });
    await running.poweredBecomes(0);
    expect(await client.call("where_is", [], { machine: "m", x, y, z })).toMatchObject({
      job_id: null,
    });
  });

  it("lands on the machine that has its tags", async () => {
    const configuration = configurationText([
      machineText("a", { baseIp: baseIp() }),
      machineText("b", { baseIp: baseIp(), more: `tags: ["default", "special"]` }),
    ]);
    await start({ configuration });
    const client = await running.client();
    const plain = await client.create([3]);
    const special = await client.create([3], { tags: ["special"] });
    await client.reaches(plain, READY);
    await client.reaches(special, READY);
    expect((await client.info(plain)).machine_name).toBe("a");
    expect((await client.info(special)).machine_name).toBe("b");
  });

  it("is switched off and on", async () => {
    await start({ configuration: configurationText([machineText("m", { baseIp: baseIp() })]) });
    const client = await running.client();
    const id = await client.create([2]);
    await client.reaches(id, READY);
    // Both are sent together and answered in one turn: the BMPs may be done by the next.
    const [, going] = await Promise.all([
      client.call("power_off_job_boards", [id]),
      client.state(id),
    ]);
    expect(going).toMatchObject({ state: POWER, power: false });
    expect(await client.reaches(id, READY)).toMatchObject({ power: false });
    expect(await running.powered()).toEqual([]);
    await client.call("power_on_job_boards", [id]);
    await client.reaches(id, READY);
    const on = await running.powered();
    expect(on).toHaveLength(3);
    expect(on.every(({ stoppedLinks }) => stoppedLinks.length === 0)).toBe(true);
  });

  it("gives its boards to the next only after their cooldown", async () => {
    const machine = machineText("m", { baseIp: baseIp() });
    const configuration = configurationText([machine], "secondsBeforeFree: 0.6,").replace(
      "secondsBeforeFree: 0,",
      "",
    );
    await start({ configuration });
    const client = await running.client();
    const first = await client.create([3]);
    const next = await client.create([3]);
    await client.reaches(first, READY);
    await client.call("destroy_job", [first]);
    await running.poweredBecomes(0);
    expect((await client.state(next)).state).toBe(QUEUED);
    await client.reaches(next, READY);
    const { bmps } = await running.simulated();
    const cycled = bmps[0]!.boards.map(({ lastCycledAt }) => lastCycledAt!);
    expect(Math.min(...cycled)).toBeGreaterThan(0);
  });

  it("ends when nobody keeps it alive, and lives while somebody does", async () => {
    await start({ configuration: configurationText([machineText("m", { baseIp: baseIp() })]) });
    const client = await running.client();
    const kept = await client.create([], { keepalive: 0.8 });
    const left = await client.create([], { keepalive: 0.8 });
    const keeper = await running.client();
    const keeping = setInterval(() => void keeper.call("job_keepalive", [kept]), 100);
    const ids = async () => {
      const jobs = await client.call("list_jobs");
      return jobs.map(({ job_id }) => job_id);
    };
    while ((await ids()).includes(left)) await new Promise((resolve) => setTimeout(resolve, 20));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    clearInterval(keeping);
    expect(await client.state(left)).toMatchObject({ state: DESTROYED, reason: "Job timed out." });
    expect((await client.state(kept)).state).not.toBe(DESTROYED);
  });
});

describe("SIGHUP", () => {
  it("adds, changes and removes machines; a broken file changes nothing", async () => {
    const [first, second] = [baseIp(), baseIp()];
    const a = machineText("a", { baseIp: first });
    const b = machineText("b", { baseIp: second });
    await start({ configuration: configurationText([a]) });
    const client = await running.client();
    const names = async () => {
      const machines = await client.call("list_machines");
      return machines.map(({ name }) => name);
    };
    const runningJob = await client.create([3]);
    const waiting = await client.create([3]);
    await client.reaches(runningJob, READY);
    expect((await client.state(waiting)).state).toBe(QUEUED);

    await running.reload(configurationText([b, a]));
    // Shown once it is on disk.
    await expect.poll(names).toEqual(["b", "a"]);
    await client.reaches(waiting, READY);
    expect((await client.info(waiting)).machine_name).toBe("b");

    await running.reload("export default new Configuration({ machines: [1] });");
    expect(running.server.output).toContain("machines");
    await running.reload("throw new Error('not today')");
    expect(running.server.output).toContain("not today");
    expect(await names()).toEqual(["b", "a"]);
    expect((await client.state(runningJob)).state).toBe(READY);

    const changed = machineText("a", { baseIp: first, more: `tags: ["other"],` });
    await running.reload(configurationText([b, changed]));
    expect((await client.state(runningJob)).state).toBe(READY);

    await running.reload(configurationText([changed]));
    expect(await client.state(waiting)).toMatchObject({
      state: DESTROYED,
      reason: "Machine removed.",
    });
    await running.poweredBecomes(3);
    await running.reload("export default new Configuration({ ip: '127.0.0.1' })");
    expect(await client.state(runningJob)).toMatchObject({ state: DESTROYED });
    await running.poweredBecomes(0);
    expect(await names()).toEqual([]);
  });

  it("moves to another address, and stays where it is when that cannot be bound", async () => {
    const machine = machineText("m", { baseIp: baseIp() });
    await start({ configuration: configurationText([machine]) });
    const client = await running.client();
    await running.reload(
      configurationText([machine], `ip: "203.0.113.1",`).replace('ip: "127.0.0.1",', ""),
    );
    await running.server.printed("still listening on");
    expect(running.server.output).not.toContain("ip is now");
    expect(await client.call("version")).toMatch(/^1\./);
    await running.reload(
      configurationText([machine], `ip: "${NETWORK}.0.2",`).replace('ip: "127.0.0.1",', ""),
    );
    await client.untilClosed();
    await running.server.printed(`ip is now ${NETWORK}.0.2 (before: 127.0.0.1); clients are disc`);
    await expect(running.client()).rejects.toThrow();
  });
});

describe("a restart", () => {
  it("after SIGINT resumes as if the server had never stopped; boards stay on meanwhile", async () => {
    await start({
      // First come, first served: the last job must not take boards that the queue waits for.
      configuration: configurationText(
        [machineText("m", { width: 2, baseIp: baseIp() })],
        `queuePolicy: "fifo",`,
      ),
    });
    const client = await running.client();
    const ended = await client.create([]);
    await client.call("destroy_job", [ended, "finished"]);
    const runningJob = await client.create([3], { keepalive: 30 });
    const queue = [await client.create([6]), await client.create([5])];
    await client.reaches(runningJob, READY);
    const before = await client.info(runningJob);
    running.server.signal("SIGINT");
    expect(await running.server.ended()).toEqual({ code: 0, signal: null });
    expect(await running.powered()).toHaveLength(3);

    await running.startServer();
    const again = await running.client();
    expect(await again.state(runningJob)).toMatchObject({
      state: READY,
      power: true,
      keepalive: 30,
    });
    expect(await again.info(runningJob)).toEqual(before);
    expect(await again.state(ended)).toMatchObject({ state: DESTROYED, reason: "finished" });
    const jobs = await again.call("list_jobs");
    expect(jobs.map(({ job_id }) => job_id)).toEqual([runningJob, ...queue]);
    expect(await again.create([])).toBe(queue[1]! + 1);
    await again.call("destroy_job", [runningJob]);
    await again.reaches(queue[0]!, READY);
  });

  it("after kill -9 in the middle of a power-on powers the boards on again, to ready", async () => {
    await start({
      configuration: configurationText([machineText("m", { baseIp: baseIp() })]),
      powerOnMs: 700,
    });
    const client = await running.client();
    const id = await client.create([3]);
    expect((await client.state(id)).state).toBe(POWER);
    while ((await running.simulated()).bmps[0]!.received === 0) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    await running.server.kill();
    await running.startServer();
    const again = await running.client();
    expect((await again.state(id)).state).toBe(POWER);
    await again.reaches(id, READY);
    expect(await running.powered()).toHaveLength(3);
  });

  it("with --cold-start forgets the jobs but never gives an id twice", async () => {
    await start({ configuration: configurationText([machineText("m", { baseIp: baseIp() })]) });
    const client = await running.client();
    const id = await client.create([3]);
    await client.reaches(id, READY);
    await running.server.kill();
    await running.startServer("--cold-start");
    const again = await running.client();
    expect((await again.state(id)).state).toBe(0);
    expect(await again.call("list_jobs")).toEqual([]);
    expect(await again.create([3])).toBeGreaterThan(id);
  });

  it("with another configuration says what that changed, and which boards may still be on", async () => {
    const kept = machineText("kept", { baseIp: baseIp() });
    await start({
      configuration: configurationText([machineText("m", { baseIp: baseIp() }), kept]),
    });
    const client = await running.client();
    const id = await client.create([3], { machine: "m" });
    await client.reaches(id, READY);
    const bmp = (await running.simulated()).bmps.find(({ boards }) => boards[0]?.machine === "m");
    const refuse = {
      command: "power",
      on: false,
      times: null,
      effect: { effect: "refuse", returnCode: 141 },
    };
    await running.misbehave({ bmp: bmp!.bmp, rules: [refuse] });
    await running.server.kill();
    running.configure(configurationText([kept], "secondsBeforeRetry: 0, secondsToSettle: 0,"));
    await running.startServer();
    const again = await running.client();
    expect(await again.state(id)).toMatchObject({ state: DESTROYED, reason: "Machine removed." });
    await running.server.printed("machine m: removed");
    await running.server.printed(`1 job ended with machine m, on which it ran: job ${id} of `);
    await running.server.printed(
      "removed machine m is kept, because 3 boards of it may still be on",
    );
  });

  it("is refused while another server uses the state, and says which", async () => {
    await start({ configuration: configurationText([machineText("m", { baseIp: baseIp() })]) });
    const second = running.spawnServer();
    expect((await second.ended()).code).toBe(1);
    expect(second.output).toMatch(/cannot start: .*(in use|process)/);
    const client = await running.client();
    expect(await client.call("version")).toMatch(/^1\./);
  });
});
