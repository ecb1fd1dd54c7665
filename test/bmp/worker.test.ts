/** The BMP worker as a thread. Needs the compiled dist. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BmpWorker } from "../../src/bmp/port.js";
import type { BmpObservation, PowerOutcome } from "../../src/engine/contract/ports.js";
import { type Simulator, startSimulator } from "../../src/simulator/index.js";
import {
  block,
  bmpAddress,
  configurationOf,
  machineOf,
  QUICK_EXCHANGE,
  QUICK_ORDERS,
  RecordingLog,
  singleBoard,
  TEST_PORT,
} from "./fixtures.js";

// Worker threads run what was built: so does this test.
const portModule = new URL("../../dist/src/bmp/port.js", import.meta.url);
const { startBmpWorker }: typeof import("../../src/bmp/port.js") = await import(portModule.href);

const NETWORK = 4;
const BMP = bmpAddress(NETWORK, 0);
const machine = machineOf(NETWORK, { width: 2, height: 2 });

let simulator: Simulator;
let worker: BmpWorker;
let outcomes: PowerOutcome[];
let observations: BmpObservation[];
let errors: Error[];
let log: RecordingLog;

beforeEach(async () => {
  simulator = await startSimulator(configurationOf([machine]), { port: TEST_PORT });
  outcomes = [];
  observations = [];
  errors = [];
  log = new RecordingLog();
  worker = startBmpWorker({
    log,
    bmpPort: TEST_PORT,
    exchangeTimes: QUICK_EXCHANGE,
    onOutcome: (outcome) => outcomes.push(outcome),
    onObservation: (each) => observations.push(each),
    onError: (error) => errors.push(error),
  });
  worker.setTimes(QUICK_ORDERS);
});

afterEach(async () => {
  await worker.stop();
  await simulator.close();
});

const onOrder = (orderId: number, machineId = 1) => ({
  orderId,
  jobId: orderId,
  machineId,
  allocation: singleBoard([0, 0, (orderId % 3) as 0 | 1 | 2]),
  action: "on" as const,
  boards: null,
  resumed: false,
});

describe("the BMP worker", () => {
  it("carries out orders and reports each once; it is drained when none is left", async () => {
    worker.addMachine(1, machine);
    await worker.drained();
    for (const orderId of [1, 2, 3]) worker.submit(onOrder(orderId));
    await worker.drained();
    expect(outcomes).toEqual(
      [1, 2, 3].map((orderId) => ({ orderId, failures: [], preempted: false })),
    );
    expect(observations).toEqual([{ kind: "answering", bmp: BMP }]);
    expect([0, 1, 2].map((board) => simulator.board(BMP, board).powered)).toEqual([
      true,
      true,
      true,
    ]);
    worker.submit({ ...onOrder(4), allocation: block(0, 0, 1, 1), action: "off" });
    worker.removeMachine(2);
    await worker.drained();
    expect([0, 1, 2].map((board) => simulator.board(BMP, board).powered)).toEqual([
      false,
      false,
      false,
    ]);
    expect(errors).toEqual([]);
  });

  it("logs on the main thread", async () => {
    worker.addMachine(1, machine);
    simulator.board(BMP, 1).showWrongFpga(0, 1);
    worker.submit(onOrder(1));
    await worker.drained();
    expect(log.lines).toEqual([
      `warn board [0, 0, 1] of machine m4 (cabinet 3, frame 0, board 1, BMP ${BMP}): ` +
        "FPGA 0 has id 1 instead of 0 (its flag register reads 0x5a5a5a51; if that is right, see fpgaIds); power cycle 2 of 3",
    ]);
  });

  it("reports an order that it cannot understand instead of waiting for ever", async () => {
    worker.submit(onOrder(1, 77));
    await expect(worker.drained()).rejects.toThrow("machine 77, which was never added");
    expect(errors).toHaveLength(1);
    await expect(worker.drained()).rejects.toThrow("machine 77");
  });

  it("reports its own death once, and never keeps anybody waiting", async () => {
    const deaths: Error[] = [];
    const doomed = startBmpWorker({
      log,
      // No socket can have this port: a mistake that the worker does not survive.
      bmpPort: 70_000,
      onOutcome: (outcome) => outcomes.push(outcome),
      onObservation: (each) => observations.push(each),
      onError: (error) => deaths.push(error),
    });
    doomed.addMachine(1, machine);
    doomed.submit(onOrder(1));
    await expect(doomed.drained()).rejects.toThrow("70000");
    await doomed.stop();
    expect(deaths).toHaveLength(1);
    expect(outcomes).toEqual([]);
  });

  it("has nothing more to say once it is stopped", async () => {
    worker.addMachine(1, machine);
    worker.submit(onOrder(1));
    await worker.stop();
    worker.submit(onOrder(2));
    expect(outcomes).toEqual([]);
    expect(errors).toEqual([]);
  });

  it("does not keep a process alive after it is stopped", () => {
    const program = `
      import { startBmpWorker } from ${JSON.stringify(fileURLToPath(portModule))};
      const fail = (error) => { throw error; };
      const worker = startBmpWorker({ log: console, onOutcome: fail, onObservation: fail, onError: fail });
      await worker.stop();
      console.log("stopped");
    `;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--input-type=module", "--eval", program],
      { encoding: "utf8", timeout: 200_000 },
    );
    expect({ stdout, stderr, status }).toEqual({ stdout: "stopped\n", stderr: "", status: 0 });
  });
});
