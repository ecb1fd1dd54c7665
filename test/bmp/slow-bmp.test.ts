/** BMPs that answer late, on real UDP: used, and never asked again while they are at work. */
import { afterEach, describe, expect, it } from "vitest";
import { CommandCode } from "../../src/bmp/wire/commands.js";
import type { BmpEndpoint } from "../../src/simulator/endpoint.js";
import {
  BmpServiceHarness,
  block,
  bmpAddress,
  machineOf,
  NO_VIOLATIONS,
  QUICK_EXCHANGE,
  QUICK_ORDERS,
  singleBoard,
} from "./fixtures.js";

const NETWORK = 6;
const BMP = bmpAddress(NETWORK, 0);
const TRIAD = machineOf(NETWORK, { width: 1, height: 1 });

let bench: BmpServiceHarness;

afterEach(() => bench.close());

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** One that the server knows to be silent, and pings. */
async function silentBmp(silentPingMs: number): Promise<BmpEndpoint> {
  bench = await BmpServiceHarness.start(TRIAD, {}, { ...QUICK_EXCHANGE, silentPingMs });
  const bmp = bench.simulator.bmp(BMP);
  bmp.faults.silent = true;
  bench.service.setTimes({ ...QUICK_ORDERS, replyMs: 20, healthMs: 60_000 });
  await until(() => bench.observations.some(({ kind }) => kind === "silent"));
  return bmp;
}

const linesWith = (text: string) => bench.log.lines.filter((line) => line.includes(text));

describe("a BMP whose replies take longer than they should", () => {
  it("is used, never asked twice at once, and logged as slow once", async () => {
    bench = await BmpServiceHarness.start(
      TRIAD,
      { replyMs: 40 },
      { ...QUICK_EXCHANGE, slowMs: 20 },
    );
    bench.service.setTimes({ ...QUICK_ORDERS, replyMs: 2_000 });
    expect(await bench.order("on", singleBoard([0, 0, 1]))).toEqual([]);
    expect(await bench.order("off", singleBoard([0, 0, 1]))).toEqual([]);
    expect(bench.violations).toEqual(NO_VIOLATIONS);
    expect(linesWith("is slow: 3 replies in a row")).toHaveLength(1);
    expect(bench.observations).toEqual([{ kind: "answering", bmp: BMP }]);
  });

  it("even longer than configured: it is asked again until it is known, and then waited for", async () => {
    bench = await BmpServiceHarness.start(TRIAD, { replyMs: 300 });
    bench.service.setTimes({ ...QUICK_ORDERS, replyMs: 200 });
    expect(await bench.order("on", singleBoard([0, 0, 1]))).toEqual([]);
    const before = bench.simulator.bmp(BMP).violations.overlaps;
    expect(await bench.order("off", singleBoard([0, 0, 1]))).toEqual([]);
    expect(bench.simulator.bmp(BMP).violations.overlaps).toBe(before);
    // One request was repeated before the first reply came; a busy machine may make it a few.
    expect(before).toBeLessThan(5);
    expect(linesWith("that is more than secondsToReply, 0.2 s")).toHaveLength(1);
    expect(linesWith("has not answered since")).toEqual([]);
  });

  it("answers a ping although it is slower than before it fell silent", async () => {
    const bmp = await silentBmp(1_000);
    bmp.frame.slowReplyMs = 200;
    bmp.faults.silent = false;
    await until(() => bench.observations.some(({ kind }) => kind === "answering"));
    expect(bench.simulator.state().violations.overlaps).toBe(0);
  });

  it("keeps no task waiting for the reply to a ping", async () => {
    const bmp = await silentBmp(500_000);
    const { received } = bmp;
    await until(() => bmp.received > received);
    bmp.faults.silent = false;
    expect(await bench.order("on", singleBoard([0, 0, 1]))).toEqual([]);
  });
});

describe("a power-on whose reply comes late", () => {
  it("while the boards settle, counts: they are not powered on again", async () => {
    bench = await BmpServiceHarness.start(TRIAD, { powerOnMs: 300 });
    bench.service.setTimes({ ...QUICK_ORDERS, powerOnMs: 50, settleMs: 1_000 });
    expect(await bench.order("on", block(0, 0, 1, 1))).toEqual([]);
    expect(bench.commands(BMP, CommandCode.power)).toBe(1);
    expect(bench.violations).toEqual(NO_VIOLATIONS);
    expect(linesWith("more than secondsToPowerOn, 0.05 s: raise it")).toHaveLength(1);
  });
});
