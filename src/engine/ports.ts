/**
 * What the engine needs of the world. Each port is an interface of a few calls, answered by
 * callbacks, so that a simulation can stand in for all of them and decide what happens when.
 */
import type { Allocation, SearchAnswer, SearchBatch } from "../allocation/types.js";
import type { MachineDescription } from "../config/description.js";
import type { ChangeSet } from "./records.js";

export interface TimerHandle {
  cancel(): void;
}

export interface Clock {
  /** Unix time in milliseconds, fractional. May jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; never jumps. */
  elapsed(): number;
  /** Calls back once, not before `delayMs` have passed. */
  after(delayMs: number, callback: () => void): TimerHandle;
  /**
   * Calls back once when this turn of the event loop is over, after what has already arrived in
   * sockets was read.
   */
  endOfTurn(callback: () => void): void;
}

export interface StorePort {
  /**
   * Writes the change set in one transaction. Change sets are committed in the order of the calls;
   * `done` is called, in the same order, when it is durable. It is never called for a change set
   * that did not become durable.
   */
  commit(changes: ChangeSet, done: () => void): void;
}

export interface SearchPort {
  /** Proposes placements; the callback comes later, never within the call. */
  search(batch: SearchBatch, done: (answer: SearchAnswer) => void): void;
}

/** Which way the boards of an order go. "on" also power-cycles boards that are on already. */
export type PowerDirection = "on" | "off";

/** Power on (then cut the periphery links) or power off all boards of one allocation. */
export interface PowerOrder {
  /** Never used twice in one run of the server. */
  readonly orderId: number;
  readonly jobId: number;
  /** The machine as added by {@link BmpPort.addMachine}. */
  readonly machineId: number;
  readonly allocation: Allocation;
  readonly direction: PowerDirection;
}

/** A board that an order could not bring into its state. */
export interface BoardFailure {
  /** Dense index of the board (geometry boardIndex) in its machine. */
  readonly board: number;
  /** For a person: names frame, board and what happened. */
  readonly reason: string;
}

export interface PowerOutcome {
  readonly orderId: number;
  /** Empty when every board did as ordered. */
  readonly failures: readonly BoardFailure[];
}

export interface BmpPort {
  /**
   * Makes boards and BMP addresses of a machine known under an id that is never used for another.
   * Called again for a known id, it replaces them for the orders that follow.
   */
  addMachine(machineId: number, machine: MachineDescription): void;
  /** Forgets a machine none of whose orders is under way. */
  removeMachine(machineId: number): void;
  /**
   * Queues an order behind what its frames have to do already. The outcome comes later, once per
   * order, through the listener given to the port when it was made.
   */
  submit(order: PowerOrder): void;
  /** Times the orders after this call go by. */
  setTimes(times: { readonly settleMs: number; readonly retryMs: number }): void;
}
