/** A running server, and a configuration whose process is blocked in the system. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";

const EMPTY = `export default new Configuration({ ip: "127.0.0.1" });\n`;

let directory: string;
let configFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spalloc-confined-"));
  configFile = join(directory, "cfg.ts");
  execFileSync("mkfifo", [join(directory, "pipe")]);
});

afterEach(() => rmSync(directory, { recursive: true }));

/** Says which process it is, and waits for somebody to write. */
const BLOCKED = `import { readFileSync } from "node:fs";
  console.log("process " + process.pid + " waits"); readFileSync("pipe"); ${EMPTY}`;

async function spawned(text: string): Promise<RunningProgram> {
  writeFileSync(configFile, text);
  const port = String(await freePort());
  const args = ["--port", port, "--state-dir", join(directory, "state"), configFile];
  return new RunningProgram("spalloc-server", args);
}

async function evaluatorEnds({ output }: RunningProgram): Promise<void> {
  const pid = /process (\d+) waits/.exec(output)![1];
  const state = () => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)![0]!;
  while (existsSync(`/proc/${pid}/stat`) && !"ZX".includes(state())) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("a configuration that waits for a pipe", () => {
  it("is given up at a reload; the next reloads are done, and the server stops in order", async () => {
    const server = await spawned(EMPTY);
    try {
      await server.printed("serving on");
      writeFileSync(configFile, BLOCKED);
      server.signal("SIGHUP");
      await server.printed(" waits");
      // Asked for meanwhile: it comes after.
      server.signal("SIGHUP");
      writeFileSync(configFile, EMPTY);
      await server.printed("it was not done after 10 s");
      await server.printed("the configuration was reloaded");
      await evaluatorEnds(server);
      server.signal("SIGTERM");
      expect(await server.ended()).toEqual({ code: 0, signal: null });
    } finally {
      await server.kill();
    }
  });

  it("ends with a start that is given up", async () => {
    const server = await spawned(BLOCKED);
    await server.printed(" waits");
    server.signal("SIGTERM");
    expect(await server.ended()).toEqual({ code: 0, signal: null });
    await evaluatorEnds(server);
  });

  it("ends with a server that is killed", async () => {
    const server = await spawned(BLOCKED);
    await server.printed(" waits");
    await server.kill();
    await evaluatorEnds(server);
  });
});
