/** The transcript that needs no boards, and that the comparing itself finds what differs. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { endedJob } from "../engine/jobs.js";
import { serve } from "./harness.js";
import { replayTranscript } from "./transcripts/replay.js";

const transcript = (name: string) =>
  fileURLToPath(new URL(`../data/transcripts/${name}.jsonl`, import.meta.url));

test("requests, good and bad, are answered or end the connection as recorded", async () => {
  const { server } = await serve();
  expect(await replayTranscript(transcript("s02_protocol"), server.address)).toEqual([]);
});

test("a server that answers otherwise is found out", async () => {
  const { server, engine } = await serve();
  engine.job = () => ({ ...endedJob(1, "invented"), mark: 0 });
  const differences = await replayTranscript(transcript("s02_protocol"), server.address);
  expect(differences.map(({ what }) => what)).toEqual(new Array(4).fill("fields differ"));
});

test("a server that ends another connection, or none, is found out", async () => {
  const { server } = await serve({ lineBytes: 100_000 });
  const differences = await replayTranscript(transcript("s02_protocol"), server.address);
  expect(differences.map(({ what }) => what)).toContain("no answer");
});
