/** Carries out power orders: splits each by frame, and puts together what the frames report. */
import type { Log } from "../engine/contract/log.js";
import type {
  BmpObservation,
  BmpPort,
  BmpTimes,
  BoardFailure,
  PowerOrder,
  PowerOutcome,
} from "../engine/contract/ports.js";
import { AddressBook } from "./exchange/address.js";
import { AddressLock } from "./exchange/address-lock.js";
import type { FrameContext } from "./frames/frame-context.js";
import { FrameQueue } from "./frames/frame-queue.js";
import { MachineFrames } from "./frames/machine-frames.js";
import type { MachineLayout } from "./frames/machine-layout.js";
import { DEFAULT_EXCHANGE_TIMES, DEFAULT_TIMES, type ExchangeTimes } from "./times.js";
import { BMP_PORT } from "./wire/packet.js";

export interface BmpServiceOptions {
  /** UDP port of the BMPs; only tests have reason to change it. */
  readonly bmpPort?: number;
  readonly exchangeTimes?: ExchangeTimes;
  /**
   * Whether the last server was killed, so that what it had sent to the BMPs may still be under way;
   * "known" when orders say which of them (`resumed`), "forgotten" when any may be.
   */
  readonly afterKill?: "no" | "known" | "forgotten";
}

export interface BmpListener {
  /** Called once per order. */
  readonly onOutcome: (outcome: PowerOutcome) => void;
  readonly onObservation: (observation: BmpObservation) => void;
}

export class BmpService implements BmpPort {
  readonly #context: FrameContext;
  readonly #listener: BmpListener;
  readonly #machines = new Map<number, MachineFrames>();
  /** By host name: two machines (one going, one coming) may share a BMP, and then its queue. */
  readonly #queues = new Map<string, FrameQueue>();
  /** Whether every BMP may still be at work for a server that was killed. */
  readonly #forgotten: boolean;
  #times: BmpTimes = DEFAULT_TIMES;

  constructor(
    {
      bmpPort = BMP_PORT,
      exchangeTimes = DEFAULT_EXCHANGE_TIMES,
      afterKill = "no",
    }: BmpServiceOptions,
    log: Log,
    listener: BmpListener,
  ) {
    this.#listener = listener;
    this.#forgotten = afterKill === "forgotten";
    this.#context = {
      port: bmpPort,
      times: exchangeTimes,
      addresses: new AddressBook(),
      addressLock: new AddressLock(),
      log,
      onObservation: (observation) => this.#listener.onObservation(observation),
      killedBefore: afterKill === "no" ? null : performance.now(),
    };
  }

  addMachine(machineId: number, machine: MachineLayout): void {
    const known = new MachineFrames(machine);
    this.#machines.set(machineId, known);
    this.#watch(known);
  }

  removeMachine(machineId: number): void {
    this.#machines.delete(machineId);
    const frames = [...this.#machines.values()].flatMap((machine) => machine.frames);
    const inUse = new Set(frames.map(({ host }) => host));
    for (const [host, queue] of this.#queues) {
      if (inUse.has(host)) continue;
      queue.unwatch();
      if (queue.isIdle) this.#queues.delete(host);
    }
  }

  setTimes(times: BmpTimes): void {
    const { healthMs } = this.#times;
    this.#times = times;
    if (times.healthMs !== healthMs) for (const each of this.#machines.values()) this.#watch(each);
  }

  /** Ends all watching, so that nothing is left to wait for once the orders are done. */
  close(): void {
    for (const queue of this.#queues.values()) queue.unwatch();
  }

  /** Whether nothing is under way: no request will be sent before another order, or look, is due. */
  get isIdle(): boolean {
    return [...this.#queues.values()].every((queue) => queue.isIdle);
  }

  #watch({ frames }: MachineFrames): void {
    for (const frame of frames) this.#queueOf(frame.host).watch(frame, this.#times.healthMs);
  }

  submit(order: PowerOrder): void {
    const { orderId, jobId, machineId, allocation, action, resumed } = order;
    const machine = this.#machines.get(machineId);
    if (machine === undefined) {
      throw new Error(`order ${orderId} is for machine ${machineId}, which was not added`);
    }
    const { frames, unreachable } = machine.partsOf(allocation, order.boards);
    const failures: BoardFailure[] = [...unreachable];
    let open = frames.length;
    let cutShort = false;
    const report = () => this.#listener.onOutcome({ orderId, failures, preempted: cutShort });
    for (const { host, frameName, boards } of frames) {
      this.#queueOf(host).add({
        orderId,
        jobId,
        action,
        frameName,
        boards,
        times: this.#times,
        resumed,
        done: (failed, preempted) => {
          failures.push(...failed);
          cutShort ||= preempted;
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
      if (this.#forgotten) queue.leaveAlone(this.#times.powerOnMs);
      this.#queues.set(host, queue);
    }
    return queue;
  }
}
