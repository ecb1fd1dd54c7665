import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import type { MachineDescription } from "../../src/domain/machine.js";
import {
  type Simulator,
  type SimulatorState,
  startControl,
  startSimulator,
} from "../../src/simulator/index.js";
import { bmpAddress, configurationOf, machineOf, TEST_PORT } from "../bmp/fixtures.js";

const NETWORK = 12;
const BMP = bmpAddress(NETWORK, 0);
const OPTIONS = { port: TEST_PORT };

const started: Simulator[] = [];

async function start(...machines: MachineDescription[]): Promise<Simulator> {
  const simulator = await startSimulator(configurationOf(machines), OPTIONS);
  started.push(simulator);
  return simulator;
}

afterEach(async () => {
  for (const simulator of started.splice(0)) await simulator.close();
});

const machine = machineOf(NETWORK, { width: 2, height: 1, boardsPerFrame: 3 });

describe("a simulator", () => {
  it("simulates every BMP and board of every machine", async () => {
    const other = machineOf(NETWORK + 100, { width: 1, height: 1 });
    const simulator = await start(machine, other);
    expect([simulator.bmpCount, simulator.boardCount]).toEqual([3, 9]);
    const { bmps } = simulator.state();
    expect(bmps[1]?.boards[2]).toEqual({
      machine: "m12",
      x: 1,
      y: 0,
      z: 2,
      cabinet: 3,
      frame: 1,
      board: 2,
      powered: false,
      powerCycles: 0,
      badPowerOns: 0,
      lastCycledAt: null,
      stoppedLinks: [],
    });
  });

  it("does not answer on addresses at which real BMPs could be", async () => {
    const at = (address: string): MachineDescription => ({
      ...machine,
      bmpIps: [[[3, 0], address]],
    });
    await expect(start(at("192.168.0.0"))).rejects.toThrow(
      "BMP 192.168.0.0 of machine m12, cabinet 3, frame 0 is at 192.168.0.0, which is not a " +
        "loopback address (127.0.0.0/8 or ::1)",
    );
    await expect(start(at("0.0.0.0"))).rejects.toThrow("not a loopback address");
    await expect(start(at("bmp.invalid"))).rejects.toThrow(
      "frame 0: its host name could not be resolved",
    );
  });

  it("refuses one BMP for two frames", async () => {
    const twice: MachineDescription = {
      ...machine,
      bmpIps: [
        [[3, 0], BMP],
        [[3, 1], BMP],
      ],
    };
    await expect(start(twice)).rejects.toThrow(
      `${BMP} is the BMP of two frames, machine m12, cabinet 3, frame 0 and machine m12, cabinet 3`,
    );
  });

  it("says so when somebody listens there already, and lets go of what it had", async () => {
    await start({ ...machine, bmpIps: machine.bmpIps.slice(1) });
    await expect(start(machine)).rejects.toThrow(
      `cannot listen on ${bmpAddress(NETWORK, 1)}, UDP port ${TEST_PORT}, for the BMP of machine m12`,
    );
    await start({ ...machine, bmpIps: machine.bmpIps.slice(0, 1) });
  });

  it("keeps boards as they are when the configuration is loaded again, and adds new ones", async () => {
    const simulator = await start({ ...machine, bmpIps: machine.bmpIps.slice(0, 1) });
    simulator.board(BMP, 1).powerOn(1000);
    await simulator.apply(configurationOf([{ ...machine, name: "renamed" }]));
    expect(simulator.bmpCount).toBe(2);
    const kept = simulator.state().bmps[0]?.boards[1];
    expect(kept).toMatchObject({ machine: "renamed", powered: true, lastCycledAt: 1000 });
    await simulator.apply(configurationOf([]));
    expect(simulator.board(BMP, 1).powered).toBe(true);
  });

  it("is as it was when a configuration cannot be applied", async () => {
    const simulator = await start(machine);
    const other = machineOf(NETWORK, { width: 3, height: 1 });
    const bmpIps: MachineDescription["bmpIps"] = [
      [[3, 0], BMP],
      [[3, 1], "10.1.2.3"],
    ];
    await expect(simulator.apply(configurationOf([{ ...other, bmpIps }]))).rejects.toThrow(
      "not a loopback address",
    );
    expect([simulator.bmpCount, simulator.boardCount]).toEqual([2, 6]);
  });
});

describe("the control port", () => {
  it("shows the state and nothing else", async () => {
    const simulator = await start(machine);
    simulator.board(BMP, 0).powerOn(5);
    const control = await startControl(simulator, 0);
    const address = control.address();
    if (address === null || typeof address === "string") throw new Error("no TCP port");
    const base = `http://127.0.0.1:${address.port}`;
    const state = (await (await fetch(`${base}/state`)).json()) as SimulatorState;
    expect(state).toEqual(simulator.state());
    expect(state.bmps[0]?.boards[0]?.powered).toBe(true);
    expect((await fetch(`${base}/other`)).status).toBe(404);
    expect((await fetch(`${base}/state`, { method: "POST" })).status).toBe(405);
    control.close();
    control.closeAllConnections();
    await once(control, "close");
  });
});
