/** What a configuration's code can do to the server and its host: take its time, its memory, its files. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { withoutDebugger } from "../../src/config-loading/limits.js";
import type * as LoadModule from "../../src/config-loading/load.js";
import { RunningProgram } from "../support/program.js";

// The compiled modules: evaluation happens in a process, which starts from dist/.
const dist = new URL("../../dist/src/config-loading/", import.meta.url);
const { loadConfiguration } = (await import(new URL("load.js", dist).href)) as typeof LoadModule;

const folder = mkdtempSync(join(tmpdir(), "confinement-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;

function written(text: string): string {
  const own = join(folder, String(count++));
  mkdirSync(own);
  writeFileSync(join(own, "cfg.ts"), text);
  return join(own, "cfg.ts");
}

const GOOD = "export default new Configuration();";

/** Reading it blocks for ever: nobody writes to it. */
function blockingPipe(): string {
  const path = join(folder, `pipe${count++}`);
  execFileSync("mkfifo", [path]);
  return path;
}

/** The numbers that it printed, whatever became of it. */
async function printedBy(text: string, timeoutMs = 25_000): Promise<readonly number[]> {
  const lines: string[] = [];
  await loadConfiguration(written(text), {
    timeoutMs,
    log: (line) => lines.push(line),
  }).catch(() => {});
  return lines.map(Number);
}

function lives(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  return !"ZX".includes(stat.slice(stat.lastIndexOf(")") + 2)[0]!);
}

async function ends(pid: number): Promise<void> {
  while (lives(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

const CHILD = `import { spawn } from "node:child_process";
  const child = (detached: boolean) => {
    const { pid } = spawn("sleep", ["1000"], { detached, stdio: "ignore" });
    console.log(pid);
  };`;

describe("a configuration whose process is blocked in the system", () => {
  it.each([
    ["reads a pipe", (pipe: string) => `readFileSync(${JSON.stringify(pipe)});`],
    ["writes to a pipe", (pipe: string) => `writeFileSync(${JSON.stringify(pipe)}, "x");`],
    ["waits for another program", () => `execFileSync("sleep", ["1000"]);`],
  ])("is ended when its time is up, and the next is loaded: it %s", async (_, statement) => {
    const text = `import { readFileSync, writeFileSync } from "node:fs";
      import { execFileSync } from "node:child_process";
      console.log(process.pid);
      ${statement(blockingPipe())} ${GOOD}`;
    const lines: string[] = [];
    const log = (line: string) => lines.push(line);
    const loading = loadConfiguration(written(text), { timeoutMs: 3_000, log });
    await expect(loading).rejects.toMatchObject({ code: "CONFIGURATION_TIMEOUT" });
    await ends(Number(lines[0]));
    await expect(loadConfiguration(written(GOOD))).resolves.toMatchObject({ machines: [] });
  });

  it("is refused at once where the file itself is a pipe", async () => {
    await expect(loadConfiguration(blockingPipe())).rejects.toMatchObject({
      code: "CONFIGURATION_UNREADABLE",
      message: expect.stringMatching(/this is not a file$/),
    });
  });

  it("is ended with the program that loads it, even when that is killed", async () => {
    const pipe = JSON.stringify(blockingPipe());
    const file = written(
      `import { readFileSync } from "node:fs"; ${CHILD} child(false);
       console.log(process.pid + " waits"); readFileSync(${pipe});`,
    );
    const program = new RunningProgram("spalloc-server", ["check", file]);
    await program.printed("waits");
    const [child, evaluator] = program.output.match(/\d+/g)!.map(Number);
    expect([lives(child!), lives(evaluator!)]).toEqual([true, true]);
    await program.kill();
    await ends(child!);
    await ends(evaluator!);
  });
});

describe("a configuration that takes more memory than it may", () => {
  const TOO_MUCH = /cfg\.ts.*: it needs more than 512 MB of memory/;

  it.each([
    ["buffers, outside of the heap", "for (;;) all.push(Buffer.alloc(16_000_000, 1));"],
    ["shared memory", "for (;;) all.push(Buffer.from(new SharedArrayBuffer(16_000_000)).fill(1));"],
    ["one list", "for (;;) all.push(new Array(1e5).fill(all.length));"],
    ["two gigabytes at once", "all.push(Buffer.alloc(2_000_000_000, 1));"],
    [
      "a program that it starts",
      `execSync("head -c 900000000 /dev/zero | tail -c 899999999 | sleep 1000");`,
    ],
  ])("is ended, and the memory named: %s", async (_, statement) => {
    const text = `import { execSync } from "node:child_process";
      const all: unknown[] = []; ${statement} ${GOOD}`;
    await expect(loadConfiguration(written(text), { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: "CONFIGURATION_THREW",
      message: expect.stringMatching(TOO_MUCH),
    });
  });
});

describe("a configuration that takes other things", () => {
  it("may open some hundred files, and no more", async () => {
    const text = `import { openSync } from "node:fs"; for (;;) openSync("cfg.ts", "r");`;
    await expect(loadConfiguration(written(text))).rejects.toMatchObject({
      code: "CONFIGURATION_THREW",
      message: expect.stringMatching(/cfg\.ts:1: it threw Error: EMFILE/),
    });
  });

  it("may write no endless file", async () => {
    const text = `import { appendFileSync } from "node:fs";
      for (;;) appendFileSync("large", Buffer.alloc(1_000_000));`;
    await expect(loadConfiguration(written(text), { timeoutMs: 60_000 })).rejects.toThrow(
      /EFBIG|more than 64 MiB/,
    );
  });

  it("has a MiB of what it prints logged, without a line's end or with", async () => {
    for (const end of ["", "\\n"]) {
      const text = `for (let i = 0; i < 5000; i++) process.stdout.write("x".repeat(999) + "${end}"); ${GOOD}`;
      const lines: string[] = [];
      await loadConfiguration(written(text), { log: (line) => lines.push(line) });
      expect(lines.join("").replaceAll(/[^x]/g, "").length).toBeLessThan(1_100_000);
      expect(lines.at(-1)).toMatch(/more than 1 MiB/);
    }
  });

  it("does no harm by writing where its answer is written", async () => {
    const text = `import { writeSync } from "node:fs"; writeSync(3, "[nonsense\\n"); ${GOOD}`;
    await expect(loadConfiguration(written(text))).rejects.toThrow(/file descriptor 3/);
  });
});

describe("what a configuration starts", () => {
  it("ends with it, also what left its process group", async () => {
    const pids = await printedBy(`${CHILD} child(false); child(true); ${GOOD}`);
    expect(pids).toHaveLength(2);
    for (const pid of pids) await ends(pid);
  });

  it("ends with it when it fails, and when its time is up", async () => {
    const failed = await printedBy(`${CHILD} child(false); throw new Error("no");`);
    const late = await printedBy(`${CHILD} child(false); for (;;) {}`, 3_000);
    for (const [pid] of [failed, late]) await ends(pid!);
  });
});

describe("the process of a configuration", () => {
  it("has a session of its own: what a terminal sends to the server does not reach it", async () => {
    const text = `import { readFileSync } from "node:fs";
      const [, , , group, session] = readFileSync("/proc/self/stat", "utf8").split(" ");
      console.log(process.pid); console.log(group); console.log(session); ${GOOD}`;
    const [pid, group, session] = await printedBy(text);
    // The fields after the name, which has no spaces here: state, parent, group, session.
    expect([group, session].includes(pid!)).toBe(true);
  });

  it("has the environment of the server, but for its debugger", async () => {
    const before = process.env["NODE_OPTIONS"];
    process.env["NODE_OPTIONS"] = "--inspect=127.0.0.1:0 --no-warnings";
    process.env["SPALLOC_TEST_VARIABLE"] = "7";
    try {
      const lines: string[] = [];
      const text = `import { url } from "node:inspector";
        console.log(url(), process.env.NODE_OPTIONS, process.env.SPALLOC_TEST_VARIABLE); ${GOOD}`;
      await loadConfiguration(written(text), { log: (line) => lines.push(line) });
      expect(lines).toEqual(["undefined --no-warnings 7"]);
    } finally {
      if (before === undefined) delete process.env["NODE_OPTIONS"];
      else process.env["NODE_OPTIONS"] = before;
      delete process.env["SPALLOC_TEST_VARIABLE"];
    }
  });

  it.each([
    ["--inspect", ""],
    ["--inspect-brk=0 --conditions=a", "--conditions=a"],
    ["--require ./a.js --inspect-port=1", "--require ./a.js"],
    ["--no-warnings", "--no-warnings"],
  ])("is started without a debugger for NODE_OPTIONS=%j", (given, expected) => {
    expect(withoutDebugger(given)).toBe(expected);
  });

  it("works in the directory of the file", async () => {
    const file = written(`console.log(process.cwd()); ${GOOD}`);
    const lines: string[] = [];
    await loadConfiguration(file, { log: (line) => lines.push(line) });
    expect(lines).toEqual([join(file, "..")]);
  });
});
