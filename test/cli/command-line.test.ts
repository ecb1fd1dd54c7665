import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import type * as InitModule from "../../src/cli/commands/init.js";
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
async function check(path: string, json: boolean): Promise<Result> {
  const script = `import { check } from ${JSON.stringify(new URL("dist/src/cli/commands/check.js", root).href)};
    process.exitCode = await check(${JSON.stringify(path)}, { json: ${json} });`;
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
    expect(stdout).toContain('machine "frame"');
    expect(stdout).toMatch(/size +4 × 2 triads/);
    expect(stdout).toMatch(/boards +23 live, 1 dead/);
    expect(stdout).toMatch(/dead links +2/);
    expect(stdout).toMatch(/board addresses +127\.24\.0\.1 … 127\.24\.0\.185/);
  });

  it("prints all of it as JSON", async () => {
    const { code, stdout } = await check(example("million-core"), true);
    expect(code).toBe(0);
    const configuration = JSON.parse(stdout) as api.ConfigurationDescription;
    expect(configuration.machines).toMatchObject([{ width: 20, height: 20, deadBoards: [] }]);
    const bmps = configuration.machines[0]?.bmpIps.map(([, address]) => address) ?? [];
    expect(bmps.sort()).toEqual(Array.from({ length: 50 }, (_, i) => `127.100.${i}.0`).sort());
  });

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
