import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import type * as InitModule from "../../src/cli/commands/init.js";
import { CLIENT_LIMIT_FIELDS } from "../../src/config/client-limits.js";
import { CONFIGURATION_FIELDS } from "../../src/config/configuration-fields.js";
import { MACHINE_FIELDS } from "../../src/config/machine/machine-fields.js";
import * as api from "../../src/index.js";

const run = promisify(execFile);
const root = new URL("../../", import.meta.url);
const { init } = (await import(
  new URL("dist/src/cli/commands/init.js", root).href
)) as typeof InitModule;

const folder = mkdtempSync(join(tmpdir(), "command-line-"));
afterAll(() => rmSync(folder, { recursive: true }));

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `check` in a process of its own. */
async function check(path: string, json: boolean, strict = false): Promise<Result> {
  const script = `import { check } from ${JSON.stringify(new URL("dist/src/cli/commands/check.js", root).href)};
    process.exitCode = await check(${JSON.stringify(path)}, { json: ${json}, strict: ${strict} });`;
  const file = join(folder, "check.mjs");
  writeFileSync(file, script);
  return node(file);
}

async function node(...args: string[]): Promise<Result> {
  try {
    return { code: 0, ...(await run(process.execPath, args)) };
  } catch (error) {
    if (error instanceof Error && "stdout" in error && "stderr" in error && "code" in error) {
      return { code: Number(error.code), stdout: `${error.stdout}`, stderr: `${error.stderr}` };
    }
    throw error;
  }
}

const example = (name: string) => fileURLToPath(new URL(`examples/${name}/cfg.ts`, root));

describe("check", () => {
  it("sums up a configuration", async () => {
    const { code, stdout, stderr } = await check(example("small-lab"), false);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("2 machines, 24 live boards");
    expect(stdout).toContain('machine "frame", 23 live boards');
    expect(stdout).toMatch(/width +4 triads/);
    expect(stdout).toMatch(/deadBoards +1 board\n/);
    expect(stdout).toMatch(/deadLinks +2 links\n/);
    expect(stdout).toMatch(/bmpIps +1 frame, 127\.24\.0\.0\n/);
    expect(stdout).toMatch(/spinnakerIps +24 boards, 127\.24\.0\.1 … 127\.24\.0\.185/);
    expect(stdout).toMatch(/secondsToSettle +0\.5 seconds\n/);
    expect(stdout).toMatch(/clientLimits\.lineBytes +262144 bytes\n/);
    expect(stdout).toMatch(/\nunder all limits the server needs at most \d+ MiB of memory, /);
  });

  it("names every field, a deprecated one only where it is set", async () => {
    const file = join(folder, "fields.ts");
    const machine = 'Machine.singleBoard({ name: "m", bmpIp: "a", spinnakerIp: "b", tags: [] })';
    const named = async (fields: string) => {
      writeFileSync(file, `export default new Configuration({ ${fields} });\n`);
      const { stdout } = await check(file, false);
      return { stdout, names: [...stdout.matchAll(/^ {2}([\w.]+)/gm)].map(([, name]) => name) };
    };
    const { port, machines, clientLimits, ...fields } = CONFIGURATION_FIELDS;
    const { name, ...machineFields } = MACHINE_FIELDS;
    const limits = Object.keys(CLIENT_LIMIT_FIELDS).map((limit) => `clientLimits.${limit}`);
    const expected = [...Object.keys(fields), ...limits, ...Object.keys(machineFields)];
    const plain = await named(`machines: [${machine}]`);
    expect(plain.names).toEqual(expected);
    expect(plain.stdout).toMatch(/tags +none \(by name only\)/);
    const { names, stdout } = await named(`port: 5, machines: [${machine}]`);
    expect(names.sort()).toEqual(["port", ...expected].sort());
    expect(stdout).toMatch(/port +5 \(deprecated: use the option --port\)/);
  });

  it("prints all of it as JSON", async () => {
    const { code, stdout } = await check(example("million-core"), true);
    expect(code).toBe(0);
    const configuration = JSON.parse(stdout) as api.ConfigurationDescription;
    expect(configuration.machines).toMatchObject([{ width: 20, height: 20, deadBoards: [] }]);
    const bmps = configuration.machines[0]?.bmpIps.map(([, address]) => address) ?? [];
    expect(bmps.sort()).toEqual(Array.from({ length: 50 }, (_, i) => `127.100.${i}.0`).sort());
  });

  it("prints warnings on stderr, and fails for them only if it is strict", async () => {
    const file = join(folder, "odd.ts");
    const machine = (name: string, n: number) =>
      `Machine.singleBoard({ name: "${name}", bmpIp: "10.0.${n}.0", spinnakerIp: "10.0.${n}.1" })`;
    writeFileSync(
      file,
      `export default new Configuration({ machines: [${machine("Spin", 1)}, ${machine("spin", 2)}] });\n`,
    );
    const stderr = expect.stringMatching(
      new RegExp(`^warning: ${file}: the machines "Spin" and "spin" differ only in .*\n$`),
    );
    const stdout = expect.stringContaining("2 machines");
    expect(await check(file, false)).toEqual({ code: 0, stdout, stderr });
    expect(await check(file, false, true)).toEqual({ code: 1, stdout, stderr });
    const json = await check(file, true, true);
    expect([json.code, JSON.parse(json.stdout).machines]).toMatchObject([1, { length: 2 }]);
  });

  it.each(["small-lab", "million-core"])(
    "has nothing to warn of in the example %s",
    async (name) => {
      expect(await check(example(name), false, true)).toMatchObject({ code: 0, stderr: "" });
    },
  );

  it("fails with the reason on stderr and no stack trace", async () => {
    const file = join(folder, "bad.ts");
    writeFileSync(file, "export default new Configuration({ port: 0 });\n");
    const { code, stdout, stderr } = await check(file, false);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `${file}:1: configuration: port is 0; it must be a whole number from 1 to 65535\n`,
    );
  });
});

describe("init", () => {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

  it("writes a configuration that the server accepts and tsc understands in both forms", async () => {
    const directory = join(folder, "etc/spalloc");
    const files = await init(directory);
    expect(files).toEqual([join(directory, "cfg.ts"), join(directory, "tsconfig.json")]);
    expect((await check(join(directory, "cfg.ts"), false)).stdout).toContain('machine "desk"');
    const globals = `const at: BoardLocations = [[[0, 0, 0], [0, 0, 0]]];
      const machine: Machine = Machine.withStandardIps({ name: "m", boardLocations: at });
      export default new Configuration({ machines: [machine], port: await 5 });`;
    writeFileSync(join(directory, "globals.ts"), globals);
    expect(await node(tsc, "-p", directory)).toEqual({ code: 0, stdout: "", stderr: "" });

    writeFileSync(join(directory, "globals.ts"), "new Configuration({ prot: 5 }); export {};");
    writeFileSync(
      join(directory, "imports.ts"),
      'import { Machine } from "spalloc-server"; Machine.singleBoard({ name: 5 });',
    );
    const { code, stdout } = await node(tsc, "-p", directory);
    expect(code).not.toBe(0);
    expect(stdout).toMatch(/globals\.ts.*'prot' does not exist in type 'ConfigurationFields'/);
    expect(stdout).toMatch(/imports\.ts.*not assignable to (type 'string'|parameter)/);
  });

  it("overwrites nothing", async () => {
    const directory = mkdtempSync(join(folder, "existing-"));
    writeFileSync(join(directory, "tsconfig.json"), "{}");
    await expect(init(directory)).rejects.toThrow(/tsconfig\.json would be overwritten/);
    expect(readdirSync(directory)).toEqual(["tsconfig.json"]);
    expect(readFileSync(join(directory, "tsconfig.json"), "utf8")).toBe("{}");
  });

  it("says why it cannot write", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    await expect(init(join(file, "below"))).rejects.toThrow(/cannot write to .*ENOTDIR/);
  });
});

it("globals.d.ts declares every value that configuration files have as a global", () => {
  const declared = readFileSync(new URL("globals.d.ts", root), "utf8").matchAll(/const (\w+):/g);
  expect([...declared].map(([, name]) => name)).toEqual(Object.keys(api).sort());
});
