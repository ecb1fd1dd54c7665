/**
 * The recorded conversations, replayed against the whole server: its own process, its BMPs
 * simulated by another one.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MovedAddresses } from "../protocol/transcripts/machines.js";
import { replayTranscript } from "../protocol/transcripts/replay.js";
import { freePort, ownNetwork } from "../support/loopback.js";
import { RunningProgram } from "../support/program.js";

const pathOf = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const RECORDED_WITH = pathOf("transcripts.cfg.ts");
const TRANSCRIPTS = pathOf("../data/transcripts");
/** Long enough for a state that is asked for right after create_job to be seen before it passes. */
const POWER_ON_MS = 250;

async function stop(program: RunningProgram): Promise<void> {
  program.signal("SIGTERM");
  await program.ended();
}

describe("the recorded transcripts", () => {
  const folder = mkdtempSync(join(tmpdir(), "transcripts-"));
  const configuration = join(folder, "cfg.ts");
  let machines: MovedAddresses;
  let simulator: RunningProgram;

  beforeAll(async () => {
    machines = new MovedAddresses(await ownNetwork());
    writeFileSync(configuration, machines.toOurs(readFileSync(RECORDED_WITH, "utf8")));
    simulator = new RunningProgram("spalloc-bmp-simulator", [
      ...["--power-on-ms", String(POWER_ON_MS), "--reply-ms", "0"],
      configuration,
    ]);
    await simulator.printed("simulating");
  });

  afterAll(async () => {
    await stop(simulator);
    rmSync(folder, { recursive: true });
  });

  const files = readdirSync(TRANSCRIPTS).filter((file) => file.endsWith(".jsonl"));

  test.each(files)("%s agrees", async (file) => {
    const port = await freePort();
    const server = new RunningProgram("spalloc-server", [
      ...["--port", String(port), "--state-dir", join(folder, file)],
      configuration,
    ]);
    try {
      await server.printed("serving on");
      const address = { host: "127.0.0.1", port, machines };
      const differences = await replayTranscript(join(TRANSCRIPTS, file), address, POWER_ON_MS);
      expect(differences).toEqual([]);
    } finally {
      await stop(server);
    }
  });
});
