/** The host name of a BMP that moves, and a name service that fails: told, with what is used instead. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AddressBook } from "../../src/bmp/exchange/address.js";
import { Connections } from "../../src/bmp/exchange/connections.js";
import { Ending } from "../../src/bmp/exchange/ending.js";
import { FrameQueue } from "../../src/bmp/frames/frame-queue.js";
import { USUAL_FPGA_IDS } from "../../src/domain/machine.js";
import type { BoardFailure } from "../../src/engine/contract/ports.js";
import { type Simulator, startSimulator } from "../../src/simulator/index.js";
import {
  bmpAddress,
  configurationOf,
  machineOf,
  QUICK_EXCHANGE,
  QUICK_ORDERS,
  RecordingLog,
  TEST_PORT,
} from "./fixtures.js";

const NETWORK = 7;
const [HERE, THERE] = [bmpAddress(NETWORK, 0), bmpAddress(NETWORK, 1)];
const FRAME = { bmpAddress: "bmp-0", machine: "m", position: [3, 0] } as const;
const NAME = "machine m, cabinet 3, frame 0: the host name bmp-0 of its BMP";

let simulator: Simulator;
let log: RecordingLog;
let queue: FrameQueue;
/** What the name service says; an error when it is out. */
let answer: string | Error;

beforeEach(async () => {
  const machine = machineOf(NETWORK, { width: 2, height: 1, boardsPerFrame: 3 });
  simulator = await startSimulator(configurationOf([machine]), { port: TEST_PORT });
  log = new RecordingLog();
  const addresses = new AddressBook(async () => {
    if (answer instanceof Error) throw answer;
    return { address: answer, family: 4 };
  });
  queue = new FrameQueue(FRAME.bmpAddress, {
    times: QUICK_EXCHANGE,
    replyMs: () => QUICK_ORDERS.replyMs,
    addresses,
    connections: new Connections(TEST_PORT),
    ending: new Ending(),
    log,
    onObservation: () => undefined,
    currentTimes: () => QUICK_ORDERS,
    startedMs: performance.now(),
    startedAfterKillMs: null,
  });
});

afterEach(() => simulator.close());

/** Powers board 1 of the frame off; resolves with the failures. */
function powerOff(): Promise<readonly BoardFailure[]> {
  return new Promise((resolve) => {
    queue.add({
      orderId: 1,
      jobId: 1,
      action: "off",
      frame: FRAME,
      boards: [
        {
          coordinates: [0, 0, 1],
          number: 1,
          index: 1,
          periphery: [],
          deadLinks: [],
          fpgaIds: USUAL_FPGA_IDS,
        },
      ],
      times: QUICK_ORDERS,
      resumed: false,
      progress: null,
      done: resolve,
    });
  });
}

describe("the host name of a BMP", () => {
  it("that no longer resolves is logged once, with the IP address used instead, and when it is back", async () => {
    answer = HERE;
    expect(await powerOff()).toEqual([]);
    answer = new Error("getaddrinfo ENOTFOUND bmp-0");
    expect(await powerOff()).toEqual([]);
    expect(await powerOff()).toEqual([]);
    answer = HERE;
    expect(await powerOff()).toEqual([]);
    expect(simulator.bmp(HERE).commands.get(57)).toBe(4);
    expect(log.lines).toEqual([
      `warn ${NAME} can no longer be resolved: getaddrinfo ENOTFOUND bmp-0; its last IP address, ` +
        `${HERE}, is used instead; check the name service`,
      `warn ${NAME} can be resolved again, after 0 s: to ${HERE}`,
    ]);
  });

  it("that resolves to another IP address is logged with both", async () => {
    answer = HERE;
    await powerOff();
    answer = THERE;
    await powerOff();
    await powerOff();
    expect(simulator.bmp(THERE).commands.get(57)).toBe(2);
    expect(log.lines).toEqual([`warn ${NAME} resolves to ${THERE} now, before to ${HERE}`]);
  });

  it("that never resolved fails the boards, with the reason", async () => {
    answer = new Error("getaddrinfo EAI_AGAIN bmp-0");
    const [failure] = await powerOff();
    expect(failure?.reason).toBe(
      "its BMP does not answer: host name bmp-0 could not be resolved: getaddrinfo EAI_AGAIN bmp-0",
    );
  });
});
