/**
 * The package as an operator gets it: packed, installed globally in an empty place, run from
 * elsewhere on files with and without imports. Needs the npm registry; `npm run test:package`.
 */
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../src/client/index.js";
import { freePort } from "../support/loopback.js";

const run = promisify(execFile);
const repository = fileURLToPath(new URL("../../", import.meta.url));
const place = mkdtempSync(join(tmpdir(), "spalloc-package-"));
const prefix = join(place, "installed");
const program = join(prefix, "bin", "spalloc-server");

beforeAll(async () => {
  mkdirSync(prefix);
  const packing = ["pack", "--json", "--ignore-scripts", "--pack-destination", place];
  const { stdout } = await run("npm", packing, { cwd: repository });
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  const installing = ["install", "--global", "--prefix", prefix, "--no-audit", "--no-fund"];
  await run("npm", [...installing, join(place, filename)], { cwd: place });
}, 300_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Starts the installed server on a file elsewhere, asks it for its machines, and stops it. */
async function machinesOf(text: string): Promise<unknown> {
  const directory = mkdtempSync(join(place, "elsewhere-"));
  const config = join(directory, "cfg.ts");
  writeFileSync(config, text);
  const port = await freePort();
  const server = spawn(program, ["--cold-start", "--port", String(port), config], { cwd: "/" });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes("serving on")) resolve();
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
    server.once("exit", () => reject(new Error(output)));
  });
  const client = await connect("127.0.0.1", port);
  const machines = await client.call("list_machines");
  client.close();
  server.kill("SIGTERM");
  expect(await ended).toBe(0);
  return machines;
}

const MACHINE = `Machine.singleBoard({ name: "one", bmpIp: "127.0.8.1", spinnakerIp: "127.0.8.2" })`;

describe("the installed package", () => {
  it("runs a configuration that imports from spalloc-server", async () => {
    const text = `import { Configuration, Machine } from "spalloc-server";
      export default new Configuration({ ip: "127.0.0.1", machines: [${MACHINE}] });`;
    expect(await machinesOf(text)).toMatchObject([{ name: "one" }]);
  });

  it("runs a configuration that imports nothing", async () => {
    const text = `export default new Configuration({ ip: "127.0.0.1", machines: [${MACHINE}] });`;
    expect(await machinesOf(text)).toMatchObject([{ name: "one" }]);
  });

  it("writes a configuration to start from that its own check accepts", async () => {
    const directory = join(place, "fresh");
    await run(program, ["init", directory], { cwd: place });
    const { stdout } = await run(program, ["check", join(directory, "cfg.ts")], { cwd: place });
    expect(stdout).not.toBe("");
  });
});
