/** Machines on the loopback network, and the BMP service against simulated BMPs. */

import { BmpService, type BmpServiceOptions } from "../../src/bmp/service.js";
import type { ExchangeTimes } from "../../src/bmp/times.js";
import { STANDARD_CLIENT_LIMITS } from "../../src/config/client-limits.js";
import type { ConfigurationDescription } from "../../src/config/description.js";
import type { Allocation } from "../../src/domain/allocation.js";
import { type BoardCoordinate, boardCount, boardOfIndex } from "../../src/domain/board.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import type { Log } from "../../src/engine/contract/log.js";
import type {
  BmpObservation,
  BmpTimes,
  PowerAction,
  PowerOrder,
  PowerOutcome,
} from "../../src/engine/contract/ports.js";
import type { FaultEffect } from "../../src/simulator/faults.js";
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from "../../src/simulator/index.js";
import { freePort, ownNetwork } from "../support/loopback.js";

export { singleBoard } from "../../src/domain/allocation.js";

/** Away from the port of real BMPs and of simulators. */
export const TEST_PORT = await freePort();

const LOOPBACK = await ownNetwork();

export const QUICK_EXCHANGE: ExchangeTimes = { slowMs: 500, pauseMs: 1, silentPingMs: 20 };

/** A reply time much longer than a loopback exchange takes even on a busy machine. */
export const QUICK_ORDERS: BmpTimes = {
  settleMs: 1,
  retryMs: 1,
  powerOnMs: 2000,
  replyMs: 500,
  pauseMs: 0,
  healthMs: 0,
};

/** Address of the BMP of a frame; each test file has a network of its own. */
export function bmpAddress(network: number, frame: number): string {
  return `${LOOPBACK}.${network}.${frame + 1}`;
}

/** A machine of triads whose boards fill frames in order. */
export function machineOf(
  network: number,
  { width, height, boardsPerFrame = 24 }: MachineShape,
): MachineDescription {
  const boards: BoardCoordinate[] = [];
  for (let index = 0; index < boardCount({ width, height }); index++) {
    boards.push(boardOfIndex(index, { width, height }));
  }
  return {
    name: `m${network}`,
    tags: ["default"],
    width,
    height,
    deadBoards: [],
    deadLinks: [],
    boardLocations: boards.map((board, index) => [
      board,
      [3, Math.floor(index / boardsPerFrame), index % boardsPerFrame],
    ]),
    bmpIps: Array.from({ length: Math.ceil(boards.length / boardsPerFrame) }, (_, frame) => [
      [3, frame],
      bmpAddress(network, frame),
    ]),
    spinnakerIps: boards.map((board, index) => [board, `10.22.${network}.${index}`]),
  };
}

export interface MachineShape {
  readonly width: number;
  readonly height: number;
  readonly boardsPerFrame?: number;
}

export function configurationOf(machines: readonly MachineDescription[]): ConfigurationDescription {
  return {
    machines,
    ip: "",
    port: null,
    timeoutCheckInterval: 5,
    secondsOfGraceAfterStart: 3600,
    maxRetiredJobs: 10,
    secondsBeforeFree: 30,
    secondsToSettle: 5,
    secondsBeforeRetry: 15,
    secondsToPowerOn: 10,
    secondsToReply: 2,
    queuePolicy: "fifo",
    maxSecondsOvertaken: 3600,
    maxPlacementAttempts: 6,
    secondsBetweenHealthChecks: 60,
    secondsBetweenSelfTests: 300,
    selfTestsToRelease: 3,
    secondsToStop: 10,
    clientLimits: STANDARD_CLIENT_LIMITS,
  };
}

export function block(x: number, y: number, width: number, height: number): Allocation {
  return { x, y, width, height, board: null, missing: [] };
}

export class RecordingLog implements Log {
  readonly lines: string[] = [];
  debug(_: object, message: string): void {
    this.lines.push(`debug ${message}`);
  }
  info(_: object, message: string): void {
    this.lines.push(`info ${message}`);
  }
  warn(_: object, message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(_: object, message: string): void {
    this.lines.push(`error ${message}`);
  }
}

export const MACHINE_ID = 1;

/** The service and a simulator of one machine. */
export class BmpServiceHarness {
  readonly machine: MachineDescription;
  readonly simulator: Simulator;
  readonly service: BmpService;
  readonly log = new RecordingLog();
  readonly observations: BmpObservation[] = [];
  /** Order ids in the order of their outcomes. */
  readonly finished: number[] = [];
  readonly #waiting = new Map<number, (outcome: PowerOutcome) => void>();
  #nextOrder = 1;

  static async start(
    machine: MachineDescription,
    options: SimulatorOptions = {},
    exchangeTimes = QUICK_EXCHANGE,
    service: BmpServiceOptions = {},
  ): Promise<BmpServiceHarness> {
    const simulator = await startSimulator(configurationOf([machine]), {
      port: TEST_PORT,
      pauseMs: 0,
      ...options,
    });
    return new BmpServiceHarness(machine, simulator, exchangeTimes, service);
  }

  private constructor(
    machine: MachineDescription,
    simulator: Simulator,
    exchangeTimes: ExchangeTimes,
    service: BmpServiceOptions,
  ) {
    this.machine = machine;
    this.simulator = simulator;
    this.service = new BmpService({ bmpPort: TEST_PORT, exchangeTimes, ...service }, this.log, {
      onObservation: (observation) => this.observations.push(observation),
      onOutcome: (outcome) => {
        const resolve = this.#waiting.get(outcome.orderId);
        if (resolve === undefined) throw new Error(`a second outcome of order ${outcome.orderId}`);
        this.#waiting.delete(outcome.orderId);
        this.finished.push(outcome.orderId);
        resolve(outcome);
      },
    });
    this.service.setTimes(QUICK_ORDERS);
    this.service.addMachine(MACHINE_ID, machine);
  }

  /** Submits an order; resolves with its failures. */
  async order(
    action: PowerAction,
    allocation: Allocation,
    jobId = 1,
    orderId = this.#nextOrder++,
  ): Promise<PowerOutcome["failures"]> {
    return (await this.submit({ action, allocation, jobId, orderId })).failures;
  }

  submit(order: Pick<PowerOrder, "action" | "allocation"> & Partial<PowerOrder>) {
    const { orderId = this.#nextOrder++ } = order;
    const outcome = new Promise<PowerOutcome>((resolve) => {
      this.#waiting.set(orderId, resolve);
    });
    const rest = { jobId: null, machineId: MACHINE_ID, boards: null, resumed: false };
    this.service.submit({ ...rest, ...order, orderId });
    return outcome;
  }

  /** How often the BMP of a frame was sent a command. */
  commands(host: string, code: number): number {
    return this.simulator.bmp(host).commands.get(code) ?? 0;
  }

  /** Every frame did one request at a time, and nothing was malformed. */
  get violations(): object {
    return this.simulator.state().violations;
  }

  async close(): Promise<void> {
    await ended(this.service, this.simulator);
    await this.simulator.close();
  }
}

/**
 * Resolves when the service has nothing under way any more. The next test has the same addresses,
 * and what is left of this one would be a second client of its BMPs.
 */
export async function ended(service: BmpService, simulator: Simulator): Promise<void> {
  service.close();
  for (const { faults } of simulator.bmps) faults.heal();
  while (!service.isIdle) await new Promise((resolve) => setTimeout(resolve, 1));
}

export const NO_VIOLATIONS = {
  overlaps: 0,
  overflows: 0,
  lengths: 0,
  headers: 0,
  pauses: 0,
};

/** A BMP answers with that return code. */
export function refuse(returnCode: number): FaultEffect {
  return { effect: "refuse", returnCode };
}
