import { afterEach, describe, expect, it } from "vitest";
import { powerCommand, versionCommand } from "../../src/bmp/wire/commands.js";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../src/simulator/index.js";
import {
  bmpAddress,
  configurationOf,
  machineOf,
  NO_VIOLATIONS,
  TEST_PORT,
} from "../bmp/fixtures.js";
import { RawClient } from "./raw-client.js";

const NETWORK = 11;
const BMP = bmpAddress(NETWORK, 0);

let simulator: Simulator;
let clients: RawClient[] = [];

async function start(options: SimulatorOptions = {}): Promise<RawClient> {
  const machine = machineOf(NETWORK, { width: 1, height: 1 });
  simulator = await startSimulator(configurationOf([machine]), { port: TEST_PORT, ...options });
  return open();
}

async function open(): Promise<RawClient> {
  const client = await RawClient.open(BMP, TEST_PORT);
  clients.push(client);
  return client;
}

/** Waits until the BMP has received so many packets since it was started. */
async function received(packets: number): Promise<void> {
  while (simulator.bmp(BMP).received < packets) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

afterEach(async () => {
  for (const client of clients) client.close();
  clients = [];
  await simulator.close();
});

describe("a simulated BMP", () => {
  it("does one request at a time and holds eight, drops more, and counts both", async () => {
    const client = await start({ powerOnMs: 500 });
    const first = client.send(powerCommand(true, [0]));
    for (let i = 0; i < 9; i++) client.send(versionCommand(0));
    await client.replyTo(first + 7);
    const { violations } = simulator.state();
    expect(violations).toEqual({ ...NO_VIOLATIONS, overlaps: 9, overflows: 2 });
    await client.ask(versionCommand(0));
    expect(client.replies.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 11]);
  });

  it("counts boards that are powered on before they have been off for the pause", async () => {
    const client = await start({ pauseMs: 300 });
    const power = (on: boolean, boards: readonly number[]) => client.ask(powerCommand(on, boards));
    const pauses = () => simulator.state().violations.pauses;
    await power(true, [0, 1, 2]);
    await power(true, [0, 1, 2]);
    expect(pauses(), "none was off").toBe(0);
    await power(false, [0, 1]);
    await power(true, [0, 1, 2]);
    expect(pauses(), "two were off for a moment").toBe(2);
    await power(false, [2]);
    await new Promise((resolve) => setTimeout(resolve, 310));
    await power(false, [2]);
    await power(true, [2]);
    expect(pauses(), "off since the first of two power-offs").toBe(2);
    expect(simulator.state().bmps.map(({ violations }) => violations.pauses)).toContain(2);
  });

  it("counts overlaps of two clients that each do one at a time", async () => {
    const one = await start({ powerOnMs: 500 });
    const two = await open();
    await Promise.all([one.ask(powerCommand(true, [0])), two.ask(powerCommand(true, [1]))]);
    expect(simulator.state().violations.overlaps).toBe(1);
  });

  it("has the boards on only when the power-on is over", async () => {
    const client = await start({ powerOnMs: 100 });
    const sequence = client.send(powerCommand(true, [0]));
    await received(1);
    expect(simulator.board(BMP, 0).powered).toBe(false);
    await client.replyTo(sequence);
    expect(simulator.board(BMP, 0).powered).toBe(true);
  });

  it("neither hears nor answers when it is silent", async () => {
    const client = await start();
    const { faults } = simulator.bmp(BMP);
    faults.silent = true;
    client.send(powerCommand(true, [0]));
    await received(1);
    faults.silent = false;
    await client.ask(versionCommand(0));
    expect(client.replies).toHaveLength(1);
    expect(simulator.board(BMP, 0).powered).toBe(false);
  });

  it("misbehaves in the same way with the same seed, and in another with another", async () => {
    const lost = async (seed: number): Promise<number[]> => {
      const client = await start({ seed });
      simulator.bmp(BMP).faults.requests = { loss: 0.5, duplication: 0, maxDelayMs: 0 };
      const sent: number[] = [];
      for (let packets = 1; packets <= 60; packets++) {
        sent.push(client.send(versionCommand(0)));
        // One at a time: nothing is lost for want of buffers.
        await received(packets);
      }
      simulator.bmp(BMP).faults.requests = { loss: 0, duplication: 0, maxDelayMs: 0 };
      await client.ask(versionCommand(0));
      await simulator.close();
      const arrived = new Set(client.replies.map(({ sequence }) => sequence));
      return sent.filter((sequence) => !arrived.has(sequence));
    };
    const [a, b, c] = [await lost(5), await lost(5), await lost(6)];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
    expect(a.length).toBeGreaterThan(10);
  });
});
