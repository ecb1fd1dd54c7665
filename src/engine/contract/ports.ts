/**
 * What the engine needs of the world. Each port is an interface of a few calls, answered by
 * callbacks, so that a simulation can stand in for all of them and decide what happens when.
 */
import type { Allocation } from "../../domain/allocation.js";
import type { MachineDescription } from "../../domain/machine.js";
import type { SearchAnswer, SearchBatch } from "../../placement/batch-types.js";
import type { Store } from "./store-port.js";

export interface TimerHandle {
  cancel(): void;
}

export interface Clock {
  /** Unix time in milliseconds, fractional. May jump. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never jumps. */
  elapsedMs(): number;
  /**
   * The same without the time for which the server was stopped, or its main thread late by more than a
   * second: what runs out by this clock runs out for those who could be heard. May go back by a second.
   */
  attendedMs(): number;
  /** Calls back once, not before `delayMs` have passed. */
  after(delayMs: number, callback: () => void): TimerHandle;
  /**
   * Calls back once when this turn of the event loop is over, after what has already arrived in
   * sockets was read.
   */
  endOfTurn(callback: () => void): void;
}

/** All that the engine itself needs of the {@link Store}. */
export type StorePort = Pick<Store, "commit" | "isFull">;

export interface SearchPort {
  /** Proposes placements; the callback comes later, never within the call. */
  search(batch: SearchBatch, done: (answer: SearchAnswer) => void): void;
}

/**
 * What is done with the boards of an order.
 *
 *   on     power on, also those that are on, which resets them; check; stop the periphery and the dead
 *           links between the boards
 *   off    power off
 *   check  look, and change nothing: fails for each board that is not up with its links stopped
 *   test   power on, check thoroughly, power off. Gives way to any other order of its frames
 */
export type PowerAction = "on" | "off" | "check" | "test";

export interface PowerOrder {
  /** Never used twice in one run of the server. */
  readonly orderId: number;
  /** Null for what the server does for itself. */
  readonly jobId: number | null;
  /** The machine as added by {@link BmpPort.addMachine}. */
  readonly machineId: number;
  readonly allocation: Allocation;
  readonly action: PowerAction;
  /** Indices of the boards of the allocation that it is about; null for all. */
  readonly boards: readonly number[] | null;
  /** Whether a server that was killed may have sent it already: its BMPs may be busy with it. */
  readonly resumed: boolean;
}

/** A board that an order could not bring into its state. */
export interface BoardFailure {
  /** Index of the board in its machine. */
  readonly board: number;
  /** What happened, for people; whoever shows it puts the name of the board in front. */
  readonly reason: string;
  /** The BMP did not answer: nothing is known of the board itself. */
  readonly bmpSilent?: boolean;
  /** The board was to be off in the end, and may be on. */
  readonly mayBeOn?: boolean;
}

export interface PowerOutcome {
  readonly orderId: number;
  /** Empty when every board did as ordered. */
  readonly failures: readonly BoardFailure[];
  /** A test that another order cut short; boards that are not among the failures are off. */
  readonly preempted?: boolean;
}

/** What the BMPs show without being ordered. A BMP is named as in {@link MachineDescription.bmpIps}. */
export type BmpObservation =
  /** It did not answer, however often it was asked; told once. */
  | { readonly kind: "silent"; readonly bmp: string; readonly reason: string }
  /** It answers, for the first time or again; told once. */
  | { readonly kind: "answering"; readonly bmp: string }
  /** A board is unexpectedly off: it was powered on, and not off again. */
  | {
      readonly kind: "boardOff";
      readonly bmp: string;
      /** Its number in its frame. */
      readonly board: number;
      readonly reason: string;
    }
  /** A board that is up for a job was reset, not by the server; its links are stopped again. */
  | {
      readonly kind: "boardReset";
      readonly bmp: string;
      readonly board: number;
      readonly reason: string;
    }
  /** A board that is up for a job is on, and yet not as it should be; told once. */
  | {
      readonly kind: "boardFaulty";
      readonly bmp: string;
      readonly board: number;
      readonly reason: string;
    }
  /** A board is on that is not known to be up for a job; told each time that its health is read. */
  | {
      readonly kind: "boardOn";
      readonly bmp: string;
      readonly board: number;
      readonly reason: string;
    };

export interface BmpTimes {
  /** Between the reply to a power-on and the check of its boards. */
  readonly settleMs: number;
  /** Before a failed request is tried once more, as a whole. */
  readonly retryMs: number;
  /** How long the reply to a power-on may take. */
  readonly powerOnMs: number;
  /** How long the reply to any other request may take. */
  readonly replyMs: number;
  /** For which a board stays off before it is powered on again. */
  readonly pauseMs: number;
  /** In which the health of each board is read once; 0: never. */
  readonly healthMs: number;
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
  setTimes(times: BmpTimes): void;
}
