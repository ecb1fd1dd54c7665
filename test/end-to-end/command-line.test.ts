/** What the command line does with good and bad usage. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { freePort } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";

const directory = mkdtempSync(join(tmpdir(), "spalloc-cli-"));
const SERVER = fileURLToPath(new URL("../../dist/src/cli/spalloc-server.js", import.meta.url));
const packageFile = new URL("../../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };

afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the server to its end. */
function run(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [SERVER, ...args], { cwd: directory });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const EMPTY = `export default new Configuration({ ip: "127.0.0.1" })`;

describe("spalloc-server", () => {
  it.each(["--version", "-V"])("prints its version for %s", async (flag) => {
    expect(await run(flag)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("prints how it is used for --help", async () => {
    const { code, stdout } = await run("--help");
    expect(code).toBe(0);
    for (const word of ["--quiet", "--cold-start", "--port", "--state-dir", "check", "init"]) {
      expect(stdout).toContain(word);
    }
  });

  it.each([
    [["--nonsense", "cfg.ts"], "--nonsense"],
    [[], "config"],
    [["--port", "0", "cfg.ts"], "from 1 to 65535"],
    [["--port", "65536", "cfg.ts"], "from 1 to 65535"],
    [["-p", "80x", "cfg.ts"], "from 1 to 65535"],
    [["a.ts", "b.ts"], "one configuration is served, and 2 were given"],
    [["--log-format", "xml", "cfg.ts"], "json"],
    [["--state-dir", "", "cfg.ts"], "must not be empty"],
    [["--state-dir", " ", "cfg.ts"], "must not be empty"],
    [[""], "must not be empty"],
    [["check", ""], "must not be empty"],
    [["init", ""], "must not be empty"],
    [["state", "inspect", ""], "must not be empty"],
    [["quarantine", "list", ""], "must not be empty"],
    [["state", "backup", "", "copy"], "must not be empty"],
    [["state", "backup", "state", ""], "must not be empty"],
    [["quarantine", "drop", "", "m", "0,0,0"], "must not be empty"],
  ])("ends with 2 for bad usage: %j", async (args, reason) => {
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(reason);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("ends with 1 when there is no such file, and says which", async () => {
    const { code, stderr } = await run("nowhere.ts");
    expect(code).toBe(1);
    expect(stderr).toContain("nowhere.ts");
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("ends with 1 when the file is bad, and says what is", async () => {
    const bad = file("bad.ts", `export default new Configuration({ secondsBeforeFree: -1 })`);
    const { code, stderr } = await run(bad);
    expect(code).toBe(1);
    expect(stderr).toContain("secondsBeforeFree");
    expect(stderr).toContain("-1");
  });

  it("ends with 1 when the port is taken, and leaves no state behind that stops the next", async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve, reject) => {
      taken.once("error", reject);
      taken.listen({ host: "127.0.0.1", port: 0 }, () => {
        const address = taken.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const { code, stderr } = await run("--port", String(port), file("taken.ts", EMPTY));
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toContain("taken");
    expect(stderr).toContain(String(port));
    const next = new RunningProgram("spalloc-server", [
      "-p",
      String(port),
      `${directory}/taken.ts`,
    ]);
    await next.printed("serving on");
    next.signal("SIGTERM");
    expect((await next.ended()).code).toBe(0);
  });

  it("takes options before and after the file, and prints errors only when quiet", async () => {
    const port = String(await freePort());
    const config = file("quiet.ts", EMPTY);
    const server = new RunningProgram("spalloc-server", ["--quiet", config, "--port", port]);
    const client = new RunningProgram("spalloc-server", ["--port", port, file("second.ts", EMPTY)]);
    while (client.isRunning && server.isRunning) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (client.output.includes("serving on")) client.signal("SIGTERM");
    }
    // One of the two had the port; the quiet one says nothing unless it was the other.
    server.signal("SIGTERM");
    await Promise.all([server.ended(), client.ended()]);
    expect(server.output).not.toContain("serving");
  });

  it("uses the configuration's port where none is given, and says that this is deprecated", async () => {
    const port = await freePort();
    const text = `export default new Configuration({ ip: "127.0.0.1", port: ${port} })`;
    const server = new RunningProgram("spalloc-server", [file("port.ts", text)]);
    await server.printed(`port ${port}`);
    expect(server.output).toMatch(/deprecated/);
    server.signal("SIGINT");
    expect(await server.ended()).toEqual({ code: 0, signal: null });
  });

  it.each([
    [["--state-dir", "/proc/spalloc/state", "CONFIG"], "no directory can be made in /proc"],
    [["--state-dir", "/dev/null", "CONFIG"], "/dev/null is not a directory"],
    [["--state-dir", "/dev/null/state", "CONFIG"], "not a directory"],
    [["init", "/proc/spalloc/state"], "no directory can be made in /proc"],
  ])("ends with 1 and a sentence where no directory can be: %j", async (args, reason) => {
    const config = file("odd-state.ts", EMPTY);
    const { code, stdout, stderr } = await run(
      ...args.map((each) => each.replace("CONFIG", config)),
    );
    expect([code, stdout, stderr]).toEqual([1, "", expect.stringContaining(reason)]);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("logs at its start, and at a reload, what is hardly meant, and tells a reload whole", async () => {
    const machine = (name: string, n: number) =>
      `Machine.singleBoard({ name: "${name}", bmpIp: "127.0.9.${n}", spinnakerIp: "127.0.8.${n}" })`;
    const text = (names: string[], fields: string) =>
      `export default new Configuration({ ip: "127.0.0.1", machines: [${names.map(machine)}], ${fields} })`;
    const config = file("odd.ts", text(["Spin", "spin"], ""));
    const port = await freePort();
    const server = new RunningProgram("spalloc-server", ["--port", String(port), config]);
    await server.printed("serving on");
    expect(server.output).toMatch(
      /odd\.ts: the machines .*Spin.* and .*spin.* differ only in case/,
    );
    file("odd.ts", text(["a b", "ab"], "port: 1234, clientLimits: { connections: 9 }"));
    server.signal("SIGHUP");
    await server.printed("machine ab: added");
    expect(server.output).toMatch(/odd\.ts: the machines .*a b.* and .*ab.* differ only in case/);
    expect(server.output).toContain("clientLimits.connections is now 9 (before: 16384)");
    expect(server.output).toContain(
      `port is now 1234 (before: not set); this changes nothing, since --port ${port} was given`,
    );
    const said = server.output.length;
    file("odd.ts", text(["ab", "c"], "port: 1234, clientLimits: { connections: 10 }"));
    server.signal("SIGHUP");
    await server.printed("machine c: added");
    expect(server.output.slice(said)).toContain("connections is now 10 (before: 9)");
    expect(server.output.slice(said), "as long as it is not so").toContain("port is now 1234");
    server.signal("SIGTERM");
    await server.ended();
  });

  it("refuses a state that is no database, and leaves it as it is", async () => {
    const config = file("damaged.ts", EMPTY);
    const state = join(directory, "damaged-state");
    const first = new RunningProgram("spalloc-server", [
      "--state-dir",
      state,
      config,
      "-p",
      String(await freePort()),
    ]);
    await first.printed("serving on");
    first.signal("SIGTERM");
    await first.ended();
    const data = join(state, "data.mdb");
    writeFileSync(data, "this is no database");
    const { code, stderr } = await run(
      "--state-dir",
      state,
      "-p",
      String(await freePort()),
      config,
    );
    expect(code).toBe(1);
    expect(stderr).toContain(state);
    expect(readFileSync(data, "utf8")).toBe("this is no database");
  });
});

describe("npm start", () => {
  it("takes a port, and says when a server runs on it already", async () => {
    const port = String(await freePort());
    const config = file("demo.ts", EMPTY);
    const server = new RunningProgram("spalloc-server", ["--port", port, config]);
    await server.printed("serving on");
    const demo = new RunningProgram("demo", ["--port", port]);
    expect((await demo.ended()).code).toBe(1);
    expect(demo.output).toBe(
      `already running: a server answers on port ${port}. ` +
        `\`npm run try -- --port ${port}\` takes a job through its life on it\n`,
    );
    server.signal("SIGTERM");
    await server.ended();
  });
});

describe("spalloc-server check", () => {
  it("says what is in a configuration, and starts nothing", async () => {
    const text = `export default new Configuration({ machines: [
      Machine.singleBoard({ name: "one", bmpIp: "127.0.9.1", spinnakerIp: "127.0.9.2" })] })`;
    const good = await run("check", file("good.ts", text));
    expect(good.code).toBe(0);
    expect(good.stdout).toContain("one");
    const json = await run("check", "--json", `${directory}/good.ts`);
    expect(JSON.parse(json.stdout)).toMatchObject({ machines: [{ name: "one" }] });
    const bad = await run("check", file("bad2.ts", "export default 1"));
    expect(bad).toMatchObject({ code: 1, stdout: "" });
  });
});
