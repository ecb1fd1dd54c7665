/** A disk that takes no more, under a real server. Skipped where no file system can be mounted. */
import { afterEach, describe, expect, it } from "vitest";
import { ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import { configurationText, machineText, RunningServer } from "../support/running-server.js";
import { SMALL_DISKS, SmallDisk } from "../support/small-disk.js";
import { type Client, READY } from "./client.js";

const NETWORK = await ownNetwork();

let running: RunningServer;
let disk: SmallDisk;

afterEach(async () => {
  await running?.end();
  disk?.unmount();
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A server whose state lies on a disk of 1 MB. */
async function onSmallDisk(net: number, ...flags: readonly string[]): Promise<void> {
  disk = SmallDisk.mount(1)!;
  running = await RunningServer.start({
    configuration: configurationText([
      machineText("m", { width: 2, baseIp: `${NETWORK}.${net}.0` }),
    ]),
  });
  await running.server.kill();
  await running.startServer(...flags, "--state-dir", disk.directory);
}

/** `spalloc-server quarantine …` on that state. */
async function operator(command: string, ...args: readonly string[]) {
  const words = ["quarantine", command, disk.directory, ...args];
  const program = new RunningProgram("spalloc-server", words);
  const { code } = await program.ended();
  return { code, text: program.output };
}

const times = (text: string): number => running.server.output.split(text).length - 1;

/** Fills the disk, and asks for jobs with much to store until the server says that it is full. */
async function fillUp(client: Client): Promise<Promise<number>[]> {
  disk.fill();
  const asked: Promise<number>[] = [];
  while (times("cannot be written") === 0) {
    const one = await running.client();
    const answer = one.create([6], { owner: "x".repeat(1000) });
    answer.catch(() => {});
    asked.push(answer);
    await client.call("version");
    await sleep(5);
  }
  return asked;
}

/** Waits until the server takes no more jobs. */
async function refuses(): Promise<string> {
  for (;;) {
    const client = await running.client();
    const outcome = await Promise.race([
      client.create([]).then(
        () => "created",
        (error: Error) => error.message,
      ),
      sleep(300).then(() => null),
    ]);
    if (outcome !== null) return outcome;
  }
}

/** Asks for a job until the server takes one: what waited for the disk is written first. */
async function createdAgain(client: Client): Promise<number> {
  for (;;) {
    try {
      return await client.create([]);
    } catch (error) {
      if (!String(error).includes("cannot save its state")) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

describe.skipIf(!SMALL_DISKS)("a full disk (needs the right to mount a tmpfs)", () => {
  it("holds the answers back and refuses new jobs, reads go on, and with room again all is well", async () => {
    await onSmallDisk(1);
    const client = await running.client();
    const before = await client.create([]);
    await client.reaches(before, READY);
    const asked = await fillUp(client);
    const answered = new Set<number>();
    for (const answer of asked) {
      answer.then(
        (id) => answered.add(id),
        () => {},
      );
    }
    expect(await refuses()).toContain("cannot save its state");
    expect(await client.state(before)).toMatchObject({ state: READY });
    expect(await client.call("version")).toMatch(/^1\./);
    // What changes nothing is answered from what is saved.
    expect((await client.call("list_jobs")).map(({ job_id }) => job_id)).toContain(before);
    expect(await operator("list")).toMatchObject({ code: 0 });
    const added = await operator("add", "m", "0,0,2", "--reason", "full");
    expect(added.code).toBe(1);
    expect(added.text).toContain("could not be saved yet: the disk takes nothing");
    const early = answered.size;
    expect(early).toBeLessThan(asked.length);
    disk.free();
    const ids = await Promise.all(asked);
    expect(new Set(ids).size).toBe(ids.length);
    expect(await createdAgain(client)).toBeGreaterThan(Math.max(...ids));
    expect(times("cannot be written")).toBe(1);
    expect(times("works again")).toBe(1);
    await running.server.kill();
    await running.startServer("--state-dir", disk.directory);
    const again = await running.client();
    for (const id of [before, ...ids]) expect((await again.state(id)).state).not.toBe(0);
  });

  it("under a server that is killed: all that was answered is there, and nothing else was told", async () => {
    await onSmallDisk(2);
    const client = await running.client();
    const before = await client.create([]);
    const answered: number[] = [before];
    for (const answer of await fillUp(client)) {
      answer.then(
        (id) => answered.push(id),
        () => {},
      );
    }
    await sleep(200);
    await running.server.kill();
    const refused = running.spawnServer("--state-dir", disk.directory);
    const { code } = await Promise.race([
      refused.ended(),
      refused.printed("serving").then(() => ({ code: 0 })),
    ]);
    if (code !== 0) expect(refused.output).toContain(disk.directory);
    await refused.kill();
    disk.free();
    await running.startServer("--state-dir", disk.directory);
    const again = await running.client();
    for (const id of answered) expect((await again.state(id)).state).not.toBe(0);
  });

  it("is told in one JSON object a line, where the log is JSON", async () => {
    await onSmallDisk(6, "--log-format", "json");
    const client = await running.client();
    void (await fillUp(client));
    // Long enough for it to be tried several times.
    await sleep(1000);
    disk.free();
    while (times("works again") === 0) await sleep(20);
    await running.server.kill();
    const lines = running.server.output.split("\n").slice(0, -1);
    const said = lines.map((line) => JSON.parse(line) as { msg: string; err?: { code?: string } });
    expect(said.find(({ msg }) => msg.includes("cannot be written"))?.err?.code).toBe("ENOSPC");
  });

  it("does not keep the server from being stopped; it says that the last changes are lost", async () => {
    await onSmallDisk(3);
    const client = await running.client();
    const before = await client.create([]);
    void (await fillUp(client));
    running.server.signal("SIGTERM");
    expect((await running.server.ended()).code).toBe(1);
    expect(running.server.output).toContain("could not be saved");
    disk.free();
    await running.startServer("--state-dir", disk.directory);
    expect((await (await running.client()).state(before)).state).not.toBe(0);
  });

  it("that is full from the start is named", async () => {
    await onSmallDisk(4);
    await running.server.kill();
    disk.fill();
    const refused = running.spawnServer("--state-dir", `${disk.directory}/new`);
    expect((await refused.ended()).code).toBe(1);
    expect(refused.output).toContain(`${disk.directory}/new`);
    expect(refused.output).toMatch(/no space/i);
  });

  it("that may only be read is named", async () => {
    await onSmallDisk(5);
    await running.server.kill();
    disk.makeReadOnly();
    const refused = running.spawnServer("--state-dir", disk.directory);
    expect((await refused.ended()).code).toBe(1);
    expect(refused.output).toContain(disk.directory);
    expect(refused.output).toMatch(/read-only/i);
  });
});
