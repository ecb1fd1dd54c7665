/**
 * A process that asks for `version`, a millisecond after each answer, and tells when it asked and how
 * long the answer took. Arguments: port, seconds.
 */
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "../src/client/index.js";

export interface VersionSample {
  /** Milliseconds since 1970. */
  readonly askedAt: number;
  readonly tookMs: number;
}

const PAUSE_MS = 1;

const [port, seconds] = process.argv.slice(2).map(Number) as [number, number];
const client = await connect("127.0.0.1", port);
const samples: VersionSample[] = [];
const end = performance.now() + seconds * 1000;
while (performance.now() < end) {
  const sentAt = performance.now();
  await client.call("version");
  samples.push({
    askedAt: performance.timeOrigin + sentAt,
    tookMs: performance.now() - sentAt,
  });
  await pause(PAUSE_MS);
}
process.send!(samples, () => process.exit(0));
