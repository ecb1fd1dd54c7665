/** A server and what is around it: who reads its log, where it was started, and what with. */
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openToOthers } from "../../src/store/index.js";
import { freePort } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";
import { Client } from "./client.js";

const EMPTY = `export default new Configuration({ ip: "127.0.0.1" });\n`;

let directory: string;
let port: number;
let server: RunningProgram | null;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "spalloc-around-"));
  port = await freePort();
  server = null;
});

afterEach(async () => {
  await server?.kill();
  rmSync(directory, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

/** @param options of the program, such as `cwd` */
function spawn(
  config: string,
  options: ConstructorParameters<typeof RunningProgram>[2] = {},
  flags: readonly string[] = [],
): RunningProgram {
  const args = ["--port", String(port), "--state-dir", join(directory, "state"), ...flags, config];
  server = new RunningProgram("spalloc-server", args, options);
  return server;
}

async function answers(): Promise<void> {
  const client = await Client.open(port);
  expect(await client.call("version")).toMatch(/^1\./);
  client.close();
}

/** More lines of log than any pipe holds. */
async function fillLog(): Promise<void> {
  for (let n = 0; n < 800; n++) {
    const socket = connect(port, "127.0.0.1");
    socket.resume();
    // No JSON: the server hangs up, and its log says why.
    socket.end(`${"x".repeat(300)}\n`);
    await once(socket, "close");
  }
}

describe("a log that nobody reads", () => {
  it("keeps no client waiting, nor a stop", async () => {
    const running = spawn(file("cfg.ts", EMPTY));
    await running.printed("serving on");
    running.stopReading();
    await fillLog();
    await answers();
    running.signal("SIGTERM");
    // Its end is seen only when what it wrote is read.
    while (await isListening()) await new Promise((resolve) => setTimeout(resolve, 20));
    running.readAgain();
    expect(await running.ended()).toEqual({ code: 0, signal: null });
  });

  it("may be one whose reader has gone", async () => {
    const running = spawn(file("cfg.ts", EMPTY));
    await running.printed("serving on");
    running.hangUp();
    await fillLog();
    await answers();
    running.signal("SIGTERM");
    while (await isListening()) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

async function isListening(): Promise<boolean> {
  try {
    (await Client.open(port)).close();
    return true;
  } catch {
    return false;
  }
}

describe("where a server was started", () => {
  it("may be removed while it runs: it reloads, and finds files beside its configuration", async () => {
    const cwd = join(directory, "cwd");
    mkdirSync(cwd);
    file("names.txt", "one");
    const config = file(
      "cfg.ts",
      `import { readFileSync } from "node:fs";
       console.log("read " + readFileSync("names.txt", "utf8"));
       ${EMPTY}`,
    );
    const running = spawn(config, { cwd });
    await running.printed("read one");
    await running.printed("serving on");
    rmSync(cwd, { recursive: true });
    file("names.txt", "two");
    running.signal("SIGHUP");
    await running.printed("read two");
    await running.printed("the configuration was reloaded");
  });

  it("may be the directory of the configuration, which is replaced by another one", async () => {
    const cwd = join(directory, "etc");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "cfg.ts"), EMPTY);
    const running = spawn("cfg.ts", { cwd });
    await running.printed("serving on");
    renameSync(cwd, join(directory, "old"));
    rmSync(join(directory, "old"), { recursive: true });
    running.signal("SIGHUP");
    await running.printed("there is no such configuration file");
    mkdirSync(cwd);
    writeFileSync(join(cwd, "cfg.ts"), EMPTY);
    running.signal("SIGHUP");
    await running.printed("the configuration was reloaded");
  });

  it("does not matter to it, nor do umask, HOME and variables of libraries", async () => {
    const preload = file(
      "umask.mjs",
      "import { isMainThread } from 'node:worker_threads'; if (isMainThread) process.umask(0o777);",
    );
    const path = file("cfg.ts", EMPTY);
    const env = {
      ...{ JITI_TRY_NATIVE: "1", JITI_ALIAS: "{", LMDB_RESTORE: "yes", TERM: "dumb" },
      ...{ BABEL_SHOW_CONFIG_FOR: path, BABEL_TYPES_8_BREAKING: "true", BABEL_8_BREAKING: "1" },
    };
    const running = spawn(path, { cwd: "/", env, nodeOptions: ["--import", preload] });
    await running.printed("serving on");
    await answers();
    const mode = (name: string) => statSync(join(directory, "state", name)).mode & 0o777;
    expect(mode("data.mdb")).toBe(0o600);
    expect(mode("operator.sock")).toBe(0o600);
    running.signal("SIGHUP");
    await running.printed("the configuration was reloaded");
    const inspect = new RunningProgram("spalloc-server", [
      ...["quarantine", "list", join(directory, "state")],
    ]);
    expect((await inspect.ended()).code).toBe(0);
  });

  it("leaves nothing that others may read or write, with no umask at all", async () => {
    const preload = file(
      "umask.mjs",
      "import { isMainThread } from 'node:worker_threads'; if (isMainThread) process.umask(0);",
    );
    const running = spawn(file("cfg.ts", EMPTY), { nodeOptions: ["--import", preload] });
    await running.printed("serving on");
    const modes = () =>
      ["", ...readdirSync(join(directory, "state"))].map((name) => {
        const { mode } = statSync(join(directory, "state", name));
        return [name, (mode & 0o777).toString(8)];
      });
    const isFolder = (name: string) => name === "" || name === "lock";
    for (const [name, mode] of modes())
      expect([name, mode]).toEqual([name, isFolder(name!) ? "700" : "600"]);
    expect(modes().length).toBeGreaterThan(4);
    expect(running.output).not.toContain("open to other users");
    const copy = join(directory, "copy");
    const backup = new RunningProgram(
      "spalloc-server",
      ["state", "backup", join(directory, "state"), copy],
      { nodeOptions: ["--import", preload] },
    );
    expect((await backup.ended()).code).toBe(0);
    expect(backup.output).not.toContain("open to other users");
    expect(openToOthers(copy)).toBeNull();
  });

  it.each([
    ["the directory", "", 0o755, "the state directory"],
    ["a file of it", "data.mdb", 0o640, "data.mdb in the state directory"],
    ["its lock file", "lock.mdb", 0o602, "lock.mdb in the state directory"],
  ])("is warned of when others may look into %s of before", async (_, name, mode, what) => {
    const config = file("cfg.ts", EMPTY);
    const stateDirectory = join(directory, "cfg.state");
    const first = spawn(config, {});
    await first.printed("serving on");
    first.signal("SIGTERM");
    await first.ended();
    renameSync(join(directory, "state"), stateDirectory);
    chmodSync(join(stateDirectory, name), mode);
    const sentence = `${what} ${stateDirectory} is open to other users of this computer (its mode is 0${mode.toString(8)})`;
    expect(openToOthers(stateDirectory)).toContain(sentence);
    const check = new RunningProgram("spalloc-server", ["check", "--strict", config]);
    expect((await check.ended()).code).toBe(1);
    expect(check.output).toContain(`warning: ${sentence}`);
    renameSync(stateDirectory, join(directory, "state"));
    const second = spawn(config, {});
    await second.printed("serving on");
    expect(second.output).toContain("is open to other users of this computer");
  });
});

const NOISY = `import { execSync } from "node:child_process";
  import { writeSync } from "node:fs";
  writeSync(1, "past its streams\\n");
  execSync("echo from a child; echo child in trouble >&2", { stdio: "inherit" });
  console.log("to stdout\\nin two lines");
  console.error("to stderr");
  process.stdout.write("raw\\n");
  setTimeout(() => {}, 0);
  ${EMPTY}`;

/** Every line, as an object. @throws Error for one that is none */
function linesOf({ output }: RunningProgram): { severity: number; level: string; msg: string }[] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

describe("all that a server prints with --log-format json", () => {
  const json = ["--log-format", "json"];

  it("is one JSON object a line with a severity of RFC 5424, whoever says it", async () => {
    // As libraries and Node itself may do at any moment.
    const preload = file(
      "noise.mjs",
      `import { isMainThread } from "node:worker_threads";
       if (isMainThread) process.on("SIGHUP", () => {
         console.error("a library\\nspeaks", { of: 1 });
         process.emitWarning("something is old", "DeprecationWarning");
       });`,
    );
    const running = spawn(file("cfg.ts", NOISY), { nodeOptions: ["--import", preload] }, json);
    await running.printed("serving on");
    file("cfg.ts", "export default 1");
    running.signal("SIGHUP");
    await running.printed("reload failed");
    running.signal("SIGTERM");
    await running.ended();
    const lines = linesOf(running);
    const found = (text: string) => lines.find(({ msg }) => msg.includes(text));
    expect(found("serving on")).toMatchObject({ severity: 6, level: "info" });
    expect(found("the configuration printed: in two lines")).toMatchObject({ severity: 6 });
    expect(found("the configuration printed: raw")).toMatchObject({ severity: 6 });
    expect(found("the configuration printed: to stderr")).toMatchObject({ severity: 4 });
    expect(found("the configuration printed: past its streams")).toMatchObject({ severity: 6 });
    expect(found("the configuration printed: from a child")).toMatchObject({ severity: 6 });
    expect(found("the configuration printed: child in trouble")).toMatchObject({ severity: 4 });
    expect(found("a library\nspeaks { of: 1 }")).toMatchObject({ severity: 3, level: "err" });
    expect(found("DeprecationWarning: something is old")).toMatchObject({ severity: 4 });
    expect(found("reload failed")).toMatchObject({ severity: 3 });
    for (const { severity, level, msg } of lines) {
      expect(severity, msg).toBeGreaterThanOrEqual(0);
      expect(severity, msg).toBeLessThanOrEqual(7);
      expect(level).toMatch(/^(crit|err|warning|info|debug)$/);
    }
  });

  it.each([
    ["there is no configuration", () => join(directory, "nowhere.ts"), "nowhere.ts"],
    ["the configuration throws", () => file("bad.ts", "throw new Error('x\\ny')"), "it threw"],
  ])("also when %s", async (_, config, reason) => {
    const running = spawn(config(), {}, json);
    expect((await running.ended()).code).toBe(1);
    const last = linesOf(running).at(-1)!;
    expect(last).toMatchObject({ severity: 2, level: "crit" });
    expect(last.msg).toContain(reason);
  });

  it("also when the port is taken", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(port, "127.0.0.1", resolve));
    const running = spawn(file("cfg.ts", EMPTY), {}, json);
    await running.ended();
    taken.close();
    expect(linesOf(running).at(-1)!.msg).toContain("the port is taken");
  });

  it("has the marks of systemd in front when stderr is the journal, and otherwise not", async () => {
    const preload = file(
      "journal.mjs",
      `import { fstatSync } from "node:fs";
       const { dev, ino } = fstatSync(2);
       process.env.JOURNAL_STREAM = dev + ":" + ino;`,
    );
    const running = spawn(
      join(directory, "nowhere.ts"),
      { nodeOptions: ["--import", preload] },
      json,
    );
    await running.ended();
    expect(running.output).toMatch(/^<2>\{"severity":2/m);
  });
});
