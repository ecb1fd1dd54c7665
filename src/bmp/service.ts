/** Carries out power orders: splits each by frame, and puts together what the frames report. */
import type { MachineDescription } from "../config/description.js";
import type { Log } from "../engine/log.js";
import type { BmpPort, BoardFailure, PowerOrder, PowerOutcome } from "../engine/ports.js";
import { AddressBook } from "./address.js";
import { FrameQueue, type FrameQueueContext } from "./frame-queue.js";
import { Lanes } from "./lanes.js";
import { MachineFrames } from "./machine-frames.js";
import { DEFAULT_EXCHANGE_TIMES, DEFAULT_ORDER_TIMES, type ExchangeTimes } from "./times.js";
import { BMP_PORT } from "./wire/packet.js";

export interface BmpServiceOptions {
  /** UDP port of the BMPs; only tests have reason to change it. */
  readonly bmpPort?: number;
  readonly exchangeTimes?: ExchangeTimes;
}

export class BmpService implements BmpPort {
  readonly #context: FrameQueueContext;
  readonly #onOutcome: (outcome: PowerOutcome) => void;
  readonly #machines = new Map<number, MachineFrames>();
  /** By host name: two machines (one going, one coming) may share a BMP, and then its queue. */
  readonly #queues = new Map<string, FrameQueue>();
  #times = DEFAULT_ORDER_TIMES;

  constructor(
    { bmpPort = BMP_PORT, exchangeTimes = DEFAULT_EXCHANGE_TIMES }: BmpServiceOptions,
    log: Log,
    onOutcome: (outcome: PowerOutcome) => void,
  ) {
    this.#onOutcome = onOutcome;
    this.#context = {
      port: bmpPort,
      times: exchangeTimes,
      addresses: new AddressBook(),
      lanes: new Lanes(),
      log,
    };
  }

  addMachine(machineId: number, machine: MachineDescription): void {
    this.#machines.set(machineId, new MachineFrames(machine));
  }

  removeMachine(machineId: number): void {
    this.#machines.delete(machineId);
    const inUse = new Set([...this.#machines.values()].flatMap(({ hosts }) => [...hosts]));
    for (const [host, queue] of this.#queues) {
      if (queue.isIdle && !inUse.has(host)) this.#queues.delete(host);
    }
  }

  setTimes(times: { readonly settleMs: number; readonly retryMs: number }): void {
    this.#times = times;
  }

  submit({ orderId, jobId, machineId, allocation, direction }: PowerOrder): void {
    const machine = this.#machines.get(machineId);
    if (machine === undefined) {
      throw new Error(`order ${orderId} is for machine ${machineId}, which was not added`);
    }
    const { frames, unreachable } = machine.partsOf(allocation);
    const failures: BoardFailure[] = [...unreachable];
    let open = frames.length;
    const report = () => this.#onOutcome({ orderId, failures });
    for (const { host, frameName, boards } of frames) {
      this.#queueOf(host).add({
        orderId,
        jobId,
        direction,
        frameName,
        boards,
        times: this.#times,
        done: (failed) => {
          failures.push(...failed);
          open--;
          if (open === 0) report();
        },
      });
    }
    if (frames.length === 0) queueMicrotask(report);
  }

  #queueOf(host: string): FrameQueue {
    let queue = this.#queues.get(host);
    if (queue === undefined) {
      queue = new FrameQueue(host, this.#context);
      this.#queues.set(host, queue);
    }
    return queue;
  }
}
