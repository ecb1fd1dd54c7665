/** Tests and benchmarks have addresses and ports of their own, whoever else runs on this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { claimNetworks, freePort, ownNetwork } from "./loopback.js";

const COMPILED = new URL("../../dist/test/support/loopback.js", import.meta.url);
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Another process with a network of its own, which it holds until it is killed. */
async function another(): Promise<{ readonly child: ChildProcess; readonly network: string }> {
  const program = `
    import { ownNetwork } from ${JSON.stringify(COMPILED)};
    console.log(await ownNetwork());
    setInterval(() => {}, 1000);`;
  const args = ["--input-type=module", "--eval", program];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [network] = (await once(createInterface(child.stdout), "line")) as [string];
  return { child, network };
}

async function listenAt(host: string, port: number): Promise<() => void> {
  const server = createServer().listen({ host, port });
  await once(server, "listening");
  return () => server.close();
}

describe("a network", () => {
  it("is the same throughout a process, and that of no other", async () => {
    const own = await ownNetwork();
    expect(own).toMatch(/^127\.\d+$/);
    const others = await Promise.all([another(), another(), another()]);
    const networks = [own, await ownNetwork(), ...others.map(({ network }) => network)];
    expect(new Set(networks).size).toBe(4);
  });

  it("is free again when its process was killed", async () => {
    const { child, network } = await another();
    const lock = `${network}.255.254`;
    await expect(listenAt(lock, 23_999)).rejects.toThrow("EADDRINUSE");
    child.kill("SIGKILL");
    await once(child, "exit");
    (await listenAt(lock, 23_999))();
  });

  it("is one of several in a row, where a large machine needs them", async () => {
    const number = async (count: number) => Number((await claimNetworks(count)).split(".")[1]);
    const [first, second, third] = [await number(20), await number(3), await number(1)];
    const claimed = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => from + i);
    const all = [...claimed(first, 20), ...claimed(second, 3), third];
    expect(new Set(all).size).toBe(24);
    expect(all.every((n) => n >= 1 && n <= 254)).toBe(true);
    await expect(claimNetworks(255)).rejects.toThrow("no 255 networks of 127.0.0.0/8 in a row");
  });
});

describe("a port", () => {
  it("is one that nobody listens on, and another each time", async () => {
    const close = await listenAt("127.0.0.1", (await freePort()) + 1);
    const ports = [await freePort(), await freePort(), await freePort()];
    expect(new Set(ports).size).toBe(3);
    for (const port of ports) (await listenAt("127.0.0.1", port))();
    close();
  });
});

describe("the tests and benchmarks", () => {
  it("name no network of the loopback interface, which other processes would name as well", () => {
    const root = fileURLToPath(new URL("../../", import.meta.url));
    const files = ["test", "bench"].flatMap((folder) =>
      readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" }).map(
        (file) => `${folder}/${file}`,
      ),
    );
    // 127.0 is for what is on every machine, as is the broadcast address; simulated BMPs are elsewhere.
    const naming = files
      .filter((file) => file.endsWith(".ts"))
      .filter((file) =>
        /127\.(?!255\.255\.255)[1-9]\d*\.[\d$]/.test(readFileSync(root + file, "utf8")),
      );
    expect(naming.sort()).toEqual([
      // What `npm start` simulates: read, not started.
      "test/cli/command-line.test.ts",
      // What counts as a loopback address: nothing is opened there.
      "test/config/fields/host.test.ts",
      // As recorded; replayed elsewhere.
      "test/end-to-end/transcripts.cfg.ts",
      "test/protocol/transcripts/machines.ts",
    ]);
  });
});
