/** spalloc-bmp-simulator as a process. Needs the compiled dist. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { versionCommand } from "../../src/bmp/wire/commands.js";
import { bmpAddress, TEST_PORT } from "../bmp/fixtures.js";
import { RawClient } from "./raw-client.js";

const PROGRAM = fileURLToPath(
  new URL("../../dist/src/cli/spalloc-bmp-simulator.js", import.meta.url),
);

const [FIRST, SECOND] = [bmpAddress(13, 0), bmpAddress(13, 1)];

let directory: string;
let config: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bmp-simulator-"));
  config = join(directory, "cfg.ts");
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(directory, { recursive: true });
});

/** A configuration with one single-board machine for each of those BMP addresses. */
function writeConfig(...bmpIps: string[]): void {
  const machines = bmpIps.map(
    (bmpIp, i) =>
      `Machine.singleBoard({ name: "m${i}", bmpIp: "${bmpIp}", spinnakerIp: "10.23.0.${i}" })`,
  );
  writeFileSync(config, `export default new Configuration({ machines: [${machines.join()}] });\n`);
}

function start(...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const errors = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  return {
    child,
    line: async () => (await lines.next()).value,
    error: async () => (await errors.next()).value,
  };
}

async function exitCode(child: ChildProcess): Promise<unknown> {
  const [code] = await once(child, "exit");
  return code;
}

function run(...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: "utf8",
    timeout: 200_000,
  });
  return { status, stderr };
}

describe("spalloc-bmp-simulator", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "says when it is ready, answers, and ends at %s",
    async (signal) => {
      writeConfig(FIRST, SECOND);
      const { child, line } = start("--port", `${TEST_PORT}`, config);
      expect(await line()).toBe(`simulating 2 BMPs, 2 boards, UDP port ${TEST_PORT}`);
      const client = await RawClient.open(SECOND, TEST_PORT);
      expect((await client.ask(versionCommand(0))).returnCode).toBe(0x80);
      client.close();
      child.kill(signal);
      expect(await exitCode(child)).toBe(0);
    },
  );

  it("reloads its configuration at SIGHUP, and survives a bad one", async () => {
    writeConfig(FIRST);
    const { child, line, error } = start(config, "--port", `${TEST_PORT}`);
    expect(await line()).toMatch(/^simulating 1 BMP/);
    writeConfig(FIRST, SECOND);
    child.kill("SIGHUP");
    expect(await line()).toBe("configuration reloaded: 2 BMPs, 2 boards");
    writeConfig(FIRST, "10.0.0.1");
    child.kill("SIGHUP");
    expect(await error()).toMatch(
      /^spalloc-bmp-simulator: BMP 10\.0\.0\.1 of machine m1, .* not a loopback/,
    );
    expect(await line()).toBe("still simulating 2 BMPs, 2 boards");
    child.kill("SIGHUP");
    child.kill("SIGTERM");
    expect(await exitCode(child)).toBe(0);
  });

  it("ends with 1 and the reason when it cannot start", () => {
    writeConfig("10.0.0.1");
    const { status, stderr } = run(config);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^spalloc-bmp-simulator: .*--allow-any-address permits it\n$/);
    const missing = run(join(directory, "none.ts"));
    expect(missing.status).toBe(1);
    expect(missing.stderr).toContain("none.ts");
  });

  it("ends with 2 when it is used wrongly", () => {
    expect(run().status).toBe(2);
    const { status, stderr } = run("--power-on-ms", "-1", config);
    expect(status).toBe(2);
    expect(stderr).toContain("It must be a whole number from 0 to 999999999.");
  });
});
