/**
 * The recorded conversations, replayed against the whole server: its own process, its BMPs
 * simulated by another one.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { replayTranscript } from "../server/transcripts/replay.js";

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const CONFIGURATION = pathOf("transcripts.cfg.ts");
const TRANSCRIPTS = pathOf("../data/transcripts");
/** Long enough for a state that is asked for right after create_job to be seen before it passes. */
const POWER_ON_MS = "250";

/** Starts a program of ours and waits for its first line. */
async function start(program: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [pathOf(`../../dist/src/cli/${program}.js`), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`${program} ended with ${code}: ${errors}`);
  });
  await Promise.race([once(child.stdout, "data"), ended]);
  ended.catch(() => undefined);
  child.stdout.resume();
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

describe("the recorded transcripts", () => {
  let simulator: ChildProcess;
  const folder = mkdtempSync(join(tmpdir(), "transcripts-"));

  beforeAll(async () => {
    simulator = await start("spalloc-bmp-simulator", [
      "--power-on-ms",
      POWER_ON_MS,
      "--reply-ms",
      "0",
      CONFIGURATION,
    ]);
  });

  afterAll(async () => {
    await stop(simulator);
    rmSync(folder, { recursive: true });
  });

  const files = readdirSync(TRANSCRIPTS).filter((file) => file.endsWith(".jsonl"));

  test.each(files)("%s agrees", { timeout: 120_000 }, async (file) => {
    const port = await freePort();
    const state = join(folder, file);
    const server = await start("spalloc-server", [
      "--port",
      String(port),
      "--state-dir",
      state,
      "--log-format",
      "json",
      CONFIGURATION,
    ]);
    try {
      const differences = await replayTranscript(join(TRANSCRIPTS, file), {
        host: "127.0.0.1",
        port,
      });
      expect(differences).toEqual([]);
    } finally {
      await stop(server);
    }
  });
});
