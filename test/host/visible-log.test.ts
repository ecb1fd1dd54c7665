/** What others say cannot pass for anything else where the programs print it. Needs the compiled dist. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { filesUnder, read } from "../prose/files.js";

const url = (module: string) => new URL(`../../dist/src/${module}`, import.meta.url).href;

/** What a script prints, on both outputs. */
async function printed(script: string): Promise<string> {
  const args = ["--input-type=module", "--eval", script];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);
  return stdout + stderr;
}

const ODD = "a\u001b[2J\r\u0007\u007f\u009b31m\u061c\u200e\u202e\u2066\u2028\u2029b";
const ODD_SHOWN =
  "a\\u001b[2J\\u000d\\u0007\\u007f\\u009b31m\\u061c\\u200e\\u202e\\u2066\\u2028\\u2029b";
const FORGED = "\n[2026-01-01 00:00:00.000] INFO: all is well";
const ACTIVE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const logging = (format: string) => `
  const { createLog } = await import(${JSON.stringify(url("host/log/log.js"))});
  const { log, announce, drained } = await createLog({ quiet: false, format: ${JSON.stringify(format)} });
  const odd = ${JSON.stringify(ODD)}, forged = ${JSON.stringify(FORGED)};
  log.warn({ owner: odd + forged, [odd]: [odd, { odd }], err: new Error(odd + forged) }, odd + forged);
  announce(odd);
  await drained();`;

it("a line of JSON has escapes for what is active, and says the same", async () => {
  const lines = (await printed(logging("json"))).split("\n").filter((line) => line !== "");
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(line).not.toMatch(ACTIVE);
  const said = lines.map((line) => JSON.parse(line)).find(({ level }) => level === "warning");
  expect(said).toMatchObject({
    owner: ODD + FORGED,
    msg: ODD + FORGED,
    [ODD]: [ODD, { odd: ODD }],
  });
  expect(said.err.message).toBe(ODD + FORGED);
});

it("a line for people has escapes as well, and no line begins that is not the log's own", async () => {
  const text = await printed(logging("pretty"));
  expect(text).not.toMatch(ACTIVE);
  expect(text).toContain(`WARN: ${ODD_SHOWN}`);
  const beginnings = text.split("\n").filter((line) => line.startsWith("["));
  expect(beginnings).toHaveLength(1);
  expect(text).toContain("\n    [2026-01-01 00:00:00.000] INFO: all is well");
});

it("programs print escapes, on both outputs", async () => {
  const text = await printed(`
    const { print, printError } = await import(${JSON.stringify(url("host/print.js"))});
    print(${JSON.stringify(`${ODD}\n${ODD}`)});
    printError(${JSON.stringify(ODD)});`);
  expect(text).toBe(`${ODD_SHOWN}\n${ODD_SHOWN}\n${ODD_SHOWN}\n`);
});

it("what is wrong on a command line is said in escapes", async () => {
  const args = [new URL(url("cli/spalloc-server.js")).pathname, `--${ODD}`];
  const failure = await promisify(execFile)(process.execPath, args).catch(
    (error: { stderr: string }) => error,
  );
  expect(failure.stderr).toContain(`unknown option '--${ODD_SHOWN}'`);
  expect(failure.stderr).not.toMatch(ACTIVE);
});

it("nothing else of the programs writes to an output", () => {
  const writers = filesUnder("src").filter((path) =>
    /\bstd(out|err)\.write|console\.(log|error|warn)\(/.test(read(path)),
  );
  expect(writers.toSorted()).toEqual([
    // Evaluated with no log, such as by the simulator: escaped there.
    "src/config-loading/load.ts",
    "src/host/log/log.ts",
    "src/host/print.ts",
  ]);
  expect(read("src/config-loading/load.ts")).toContain("visibleLines(line)");
});
