import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type * as LoadModule from "../../src/config-loading/load.js";

// The compiled modules: evaluation happens in a worker thread, which starts from dist/.
const dist = new URL("../../dist/src/config-loading/", import.meta.url);
const { loadConfiguration } = (await import(new URL("load.js", dist).href)) as typeof LoadModule;

const folder = mkdtempSync(join(tmpdir(), "configuration-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;

/** Writes files into a new folder and returns the path of the first. */
function written(files: Readonly<Record<string, string>>): string {
  const own = join(folder, String(count++));
  mkdirSync(own);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(own, name), text);
  return join(own, Object.keys(files)[0] ?? "");
}

const DESK = 'Machine.singleBoard({ name: "desk", bmpIp: "127.0.0.2", spinnakerIp: "127.0.0.3" })';

describe("a configuration file far from any node_modules", () => {
  it("can be one line, with the API as globals", async () => {
    const file = written({ "cfg.ts": "export default new Configuration()\n" });
    expect((await loadConfiguration(file)).machines).toEqual([]);
  });

  it.each(["cfg.ts", "cfg.mts", "cfg.js", "cfg.mjs"])("can import the API: %s", async (name) => {
    const text = `import { Configuration, Machine } from "spalloc-server";
      export const configuration = new Configuration({ machines: [${DESK}], ip: "::1" });`;
    const description = await loadConfiguration(written({ [name]: text }));
    expect(description).toMatchObject({ ip: "::1", machines: [{ name: "desk", width: 1 }] });
  });

  it("can be CommonJS", async () => {
    const text = `const { Configuration } = require("spalloc-server");
      module.exports = new Configuration({ port: 7 });`;
    expect((await loadConfiguration(written({ "cfg.cjs": text }))).port).toBe(7);
  });

  it("can use types, enums, node modules, other files and top-level await", async () => {
    const file = written({
      "cfg.ts": `import { readFileSync } from "node:fs";
        import { cooldown, type Seconds } from "./times.js";
        enum Interval { short = 2 }
        const read: string = readFileSync(new URL("remembered.txt", import.meta.url), "utf8");
        const waited: Seconds = await Promise.resolve(cooldown);
        export default new Configuration({
          maxRetiredJobs: Number(read),
          secondsBeforeFree: waited,
          timeoutCheckInterval: Interval.short,
        } satisfies ConstructorParameters<typeof Configuration>[0]);`,
      "times.ts": `import { CHIPS_PER_TRIAD_SIDE } from "spalloc-server";
        export type Seconds = number;
        export const cooldown: Seconds = CHIPS_PER_TRIAD_SIDE;`,
      "remembered.txt": "77",
    });
    expect(await loadConfiguration(file)).toMatchObject({
      maxRetiredJobs: 77,
      secondsBeforeFree: 12,
      timeoutCheckInterval: 2,
    });
  });

  it("finds a SpiNNer file beside itself, whatever the working directory", async () => {
    const file = written({
      "cfg.ts": `const boardLocations = boardLocationsFromSpinner("boards.csv");
        export default new Configuration({
          machines: [Machine.withStandardIps({ name: "m", boardLocations })],
        });`,
    });
    const csv = new URL("../data/spinner/spinner-24.csv", import.meta.url);
    cpSync(fileURLToPath(csv), join(file, "..", "boards.csv"));
    const { machines } = await loadConfiguration(relative(process.cwd(), file));
    expect(machines).toMatchObject([{ width: 4, height: 2 }]);
  });

  it("is read afresh each time, with the files it imports", async () => {
    const file = written({
      "cfg.ts": `import { port } from "./port.ts"; export default new Configuration({ port });`,
      "port.ts": "export const port: number = 1;",
    });
    expect((await loadConfiguration(file)).port).toBe(1);
    writeFileSync(join(file, "../port.ts"), "export const port: number = 2;");
    expect((await loadConfiguration(file)).port).toBe(2);
    writeFileSync(file, "export default new Configuration({ port: 3 });");
    expect((await loadConfiguration(file)).port).toBe(3);
  });

  it("may take a Configuration from another copy of the package", async () => {
    const copy = new URL("../index.js", dist).href;
    const text = `const { Configuration: Other, Machine: Made } = await import("${copy}?another");
      export default new Other({ machines: [${DESK}, Made.singleBoard(
        { name: "two", bmpIp: "127.0.0.4", spinnakerIp: "127.0.0.5" })] });`;
    const { machines } = await loadConfiguration(written({ "cfg.mjs": text }));
    expect(machines.map(({ name }) => name)).toEqual(["desk", "two"]);
  });

  it("may leave timers behind", async () => {
    const text = "setInterval(() => {}, 60_000); export default new Configuration();";
    expect((await loadConfiguration(written({ "cfg.ts": text }))).port).toBeNull();
  });

  it("has what it prints logged, line by line", async () => {
    const text = `console.log("one\\ntwo"); console.error("three"); console.log("é".repeat(99999));
      export default new Configuration();`;
    const lines: string[] = [];
    await loadConfiguration(written({ "cfg.ts": text }), { log: (line) => lines.push(line) });
    expect(lines.sort()).toEqual(["one", "three", "two", "é".repeat(99_999)]);
  });
});

describe("a bad configuration file", () => {
  it.each<[string, string, string, RegExp]>([
    [
      "that throws",
      "\nthrow new RangeError('no');",
      "THREW",
      /cfg\.ts:2: it threw RangeError: no$/,
    ],
    ["that throws a string", "throw 'no'", "THREW", /cfg\.ts: it threw "no"$/],
    ["that throws nothing", "throw undefined", "THREW", /cfg\.ts: it threw undefined$/],
    [
      "with an error in a timer",
      "setTimeout(() => { throw new Error('late') }, 1); await new Promise((r) => setTimeout(r, 5000)); export default new Configuration()",
      "THREW",
      /cfg\.ts.*late$/,
    ],
    [
      "with a forgotten rejection",
      "Promise.reject(new Error('lost')); await new Promise((r) => setTimeout(r, 5000))",
      "THREW",
      /cfg\.ts.*lost$/,
    ],
    ["with a syntax error", "\n\nexport default {a:: 1}", "SYNTAX", /cfg\.ts:3: syntax error: /],
    [
      "with an unknown name",
      "export default new Konfiguration()",
      "THREW",
      /cfg\.ts:1: .*Konfiguration is not defined/,
    ],
    [
      "that imports what is not there",
      "import './no.js'",
      "THREW",
      /cfg\.ts:1: .*Cannot find module '\.\/no\.js'$/,
    ],
    ["that exits", "process.exit(0)", "ENDED", /process\.exit\(0\)/],
    ["that exits with a code", "process.exit(3)", "ENDED", /process\.exit\(3\)/],
    [
      "that waits for what never happens",
      "await new Promise(() => {})",
      "ENDED",
      /awaits something that never/,
    ],
    ["that is empty", "", "NOT_EXPORTED", /exports neither.*export default new Config/],
    [
      "that exports an object",
      "export default { machines: [] }",
      "NOT_EXPORTED",
      /exports \{ machines/,
    ],
    [
      "that exports a promise",
      "export default Promise.resolve(new Configuration())",
      "NOT_EXPORTED",
      /await it/,
    ],
    [
      "that exports the class",
      "export default Configuration",
      "NOT_EXPORTED",
      /class Configuration/,
    ],
    [
      "with a wrong field",
      "\nexport default new Configuration({ prot: 1 })",
      "INVALID",
      /cfg\.ts:2: .*did you mean port\?/,
    ],
    [
      "that needs endless memory",
      "const all = []; for (;;) all.push(new Array(1e5).fill(all.length))",
      "THREW",
      /512 MB of memory/,
    ],
  ])("%s is reported as such", async (_, text, code, message) => {
    const loading = loadConfiguration(written({ "cfg.ts": text }), { timeoutMs: 25_000 });
    await expect(loading).rejects.toMatchObject({
      name: "ConfigurationError",
      code: `CONFIGURATION_${code}`,
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ["an endless loop", "for (;;) {}"],
    ["an endless wait", "setInterval(() => {}, 1000); await new Promise(() => {})"],
  ])("with %s is stopped when its time is up", async (_, text) => {
    const loading = loadConfiguration(written({ "cfg.ts": text }), { timeoutMs: 500 });
    await expect(loading).rejects.toMatchObject({
      code: "CONFIGURATION_TIMEOUT",
      message: expect.stringMatching(/cfg\.ts: it was not done after 0\.5 s/),
    });
  });

  it("is named together with the line of the file it imports", async () => {
    const file = written({
      "cfg.ts": "import { ip } from './ip.js'; export default new Configuration({ ip });",
      "ip.ts": "interface Unused { a: 1 }\n\nexport const ip: string = nothing;",
    });
    await expect(loadConfiguration(file)).rejects.toThrow(/ip\.ts:3: it threw ReferenceError/);
  });

  it("is named together with the line of its SpiNNer file", async () => {
    const file = written({
      "cfg.ts": "\nboardLocationsFromSpinner('b.csv')",
      "b.csv": "cabinet,frame,board,x,y\n0,0,0,1,0\n",
    });
    await expect(loadConfiguration(file)).rejects.toThrow(/cfg\.ts:2: \S*b\.csv:2: chip \(1, 0\)/);
  });

  it("may not be there, be a folder, or be unreadable", async () => {
    const code = "CONFIGURATION_UNREADABLE";
    const missing = loadConfiguration(join(folder, "none.ts"));
    await expect(missing).rejects.toMatchObject({ code, message: /none\.ts: there is no such/ });
    await expect(loadConfiguration(folder)).rejects.toMatchObject({ code });
    const secret = written({ "cfg.ts": "export default new Configuration()" });
    chmodSync(secret, 0);
    const root = process.getuid?.() === 0;
    if (!root) await expect(loadConfiguration(secret)).rejects.toMatchObject({ code });
  });

  it("leaves the server to load the next", async () => {
    const bad = written({ "cfg.ts": "process.exit(1)" });
    await expect(loadConfiguration(bad)).rejects.toThrow();
    const good = written({ "cfg.ts": "export default new Configuration()" });
    await expect(loadConfiguration(good)).resolves.toMatchObject({ machines: [] });
  });
});
