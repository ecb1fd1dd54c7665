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
import { Connections } from "./exchange/connections.js";
import { Ending, type HaltFlag } from "./exchange/ending.js";
import { OwnLacks } from "./exchange/own-lacks.js";
import { forgeryLog } from "./frames/forgery-log.js";
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
   * How the last server on these BMPs ended. When it was killed, what it had sent may still be under
   * way: with the BMPs of orders that say so (`resumed`), or, when its orders are not known, with any.
   */
  readonly lastServer?: "closed" | "killed" | "killedOrdersUnknown";
  /** Not 0 once no packet may be sent any more. */
  readonly halt?: HaltFlag;
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
  /** By BMP address: two machines (one going, one coming) may share a BMP, and then its queue. */
  readonly #queues = new Map<string, FrameQueue>();
  /** Whether every BMP may still be at work for a server that was killed. */
  readonly #anyBmpMayBeBusy: boolean;
  #times: BmpTimes = DEFAULT_TIMES;

  constructor(
    {
      bmpPort = BMP_PORT,
      exchangeTimes = DEFAULT_EXCHANGE_TIMES,
      lastServer = "closed",
      halt,
    }: BmpServiceOptions,
    log: Log,
    listener: BmpListener,
  ) {
    const startedMs = performance.now();
    this.#listener = listener;
    this.#anyBmpMayBeBusy = lastServer === "killedOrdersUnknown";
    const ending = new Ending(halt);
    this.#context = {
      times: exchangeTimes,
      replyMs: () => this.#times.replyMs,
      addresses: new AddressBook(),
      connections: new Connections(bmpPort, {
        ending,
        lacks: new OwnLacks(log),
        onGuesses: forgeryLog(log),
      }),
      ending,
      log,
      onObservation: (observation) => this.#listener.onObservation(observation),
      currentTimes: () => this.#times,
      startedMs,
      startedAfterKillMs: lastServer === "closed" ? null : startedMs,
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
    const inUse = new Set(frames.map(({ bmpAddress }) => bmpAddress));
    for (const [bmpAddress, queue] of this.#queues) {
      if (inUse.has(bmpAddress)) continue;
      queue.unwatch();
      if (queue.isIdle) this.#queues.delete(bmpAddress);
    }
  }

  setTimes(times: BmpTimes): void {
    const { healthMs } = this.#times;
    this.#times = times;
    for (const queue of this.#queues.values()) queue.timesChanged();
    if (times.healthMs !== healthMs) for (const each of this.#machines.values()) this.#watch(each);
  }

  /** Ends all watching, so that nothing is left to wait for once the orders are done. */
  close(): void {
    for (const queue of this.#queues.values()) queue.unwatch();
  }

  /**
   * The server stops: what runs goes on, and nothing else begins; see exchange/ending.ts.
   * @param over called once: nothing is sent any more, and all outcomes there are were reported
   */
  finish(sealAfterMs: number, over: () => void): void {
    for (const queue of this.#queues.values()) queue.serverEnds();
    this.#context.ending.begin(sealAfterMs, over);
  }

  /** Whether nothing is under way: no request will be sent before another order, or look, is due. */
  get isIdle(): boolean {
    return [...this.#queues.values()].every((queue) => queue.isIdle);
  }

  #watch({ frames }: MachineFrames): void {
    for (const frame of frames) this.#queueOf(frame.bmpAddress).watch(frame, this.#times.healthMs);
  }

  submit(order: PowerOrder): void {
    const { orderId, jobId, machineId, allocation, action, resumed } = order;
    const machine = this.#machines.get(machineId);
    if (machine === undefined) {
      throw new Error(`order ${orderId} is for machine ${machineId}, which was never added`);
    }
    const { parts, unreachable } = machine.split(allocation, order.boards);
    const failures: BoardFailure[] = [...unreachable];
    let unfinished = parts.length;
    let anyPreempted = false;
    const report = () => this.#listener.onOutcome({ orderId, failures, preempted: anyPreempted });
    for (const { frame, boards } of parts) {
      this.#queueOf(frame.bmpAddress).add({
        orderId,
        jobId,
        action,
        frame,
        boards,
        times: this.#times,
        resumed,
        progress: null,
        done: (failed, preempted) => {
          failures.push(...failed);
          anyPreempted ||= preempted;
          unfinished--;
          if (unfinished === 0) report();
        },
      });
    }
    if (parts.length === 0) queueMicrotask(report);
  }

  #queueOf(bmpAddress: string): FrameQueue {
    let queue = this.#queues.get(bmpAddress);
    if (queue === undefined) {
      queue = new FrameQueue(bmpAddress, this.#context);
      if (this.#anyBmpMayBeBusy) queue.stayQuietAfterKill(this.#times.powerOnMs);
      this.#queues.set(bmpAddress, queue);
    }
    return queue;
  }
}
