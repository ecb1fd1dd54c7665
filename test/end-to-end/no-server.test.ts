/** What an operator is told who asks a server that does not answer: each cause by itself. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";

const SERVER = fileURLToPath(new URL("../../dist/src/cli/spalloc-server.js", import.meta.url));
const NOBODY = 65_534;

let folder: string;
let server: RunningProgram | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "spalloc-no-server-"));
  writeFileSync(join(folder, "cfg.ts"), 'export default new Configuration({ ip: "127.0.0.1" });');
});

afterEach(async () => {
  await server?.kill();
  server = null;
  rmSync(folder, { recursive: true, force: true });
});

const config = () => join(folder, "cfg.ts");
const state = () => join(folder, "cfg.state");
const socket = () => join(state(), "operator.sock");

async function start(): Promise<RunningProgram> {
  server = new RunningProgram("spalloc-server", ["--port", String(await freePort()), config()]);
  await server.printed("serving on");
  return server;
}

/** What `quarantine list` says of it, and how it ends. */
async function list(path: string, uid?: number): Promise<{ code: number; said: string }> {
  const options = uid === undefined ? {} : { uid, gid: uid };
  const child = spawn(process.execPath, [SERVER, "quarantine", "list", path], options);
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

describe("an operator who asks where no server answers", () => {
  it("is told that the path does not exist", async () => {
    for (const path of [join(folder, "none"), join(folder, "none.ts"), config()]) {
      const { code, said } = await list(path);
      expect([code, said]).toEqual([1, expect.stringContaining("there is no state directory ")]);
    }
    expect((await list(config())).said).toContain(state());
  });

  it("is told that there is no state in a directory", async () => {
    mkdirSync(state());
    expect(await list(state())).toEqual({
      code: 1,
      said: expect.stringContaining(`There is no state in ${state()}: it has no data.mdb`),
    });
  });

  it("is told how the last server ended", async () => {
    const first = await start();
    first.signal("SIGTERM");
    await first.ended();
    expect((await list(state())).said).toMatch(
      /no server is running on .*: the last one stopped in order/,
    );
    await (await start()).kill();
    expect((await list(config())).said).toMatch(
      /no server is running on .*: the last one \(process \d+ on .*\) ended without closing it/,
    );
  });

  it("is told that the socket of a running server is gone", async () => {
    await start();
    expect((await list(state())).code).toBe(0);
    rmSync(socket());
    expect(await list(state())).toEqual({
      code: 1,
      said: expect.stringMatching(/ runs, but has no operator's socket: it was deleted/),
    });
  });

  it("is told that the server is of an older version, which listens elsewhere", async () => {
    await start();
    renameSync(socket(), join(state(), "admin.sock"));
    expect(await list(state())).toEqual({
      code: 1,
      said: expect.stringMatching(/ is of an older version, .* start it with this one/),
    });
  });

  it("is not told so of the socket that an older server has left", async () => {
    await start();
    rmSync(socket());
    writeFileSync(join(state(), "admin.sock"), "");
    expect((await list(state())).said).toContain("has no operator's socket");
  });

  it.runIf(process.getuid?.() === 0)("is told that the socket is for another user", async () => {
    chmodSync(folder, 0o755);
    await start();
    expect(await list(state(), NOBODY)).toEqual({
      code: 1,
      said: expect.stringMatching(/is for another user: run this as/),
    });
  });
});
