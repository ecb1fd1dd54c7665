/**
 * BMPs and boards in memory. An order goes through three stages:
 *
 *   waiting       submitted; lost when the server dies
 *   carried out   the boards are as ordered, or failed to be; the outcome is under way
 *   reported      the engine knows
 *
 * Orders that share a board are carried out and reported in the order they were given in.
 */
import type { MachineDescription } from "../../src/domain/machine.js";
import type {
  BmpPort,
  BmpTimes,
  BoardFailure,
  PowerAction,
  PowerOrder,
  PowerOutcome,
} from "../../src/engine/contract/ports.js";
import { ObservationDesk } from "./bmp-observations.js";
import type { SimulatedClock } from "./clock.js";
import { Pauses } from "./pauses.js";
import { type OrderedBoard, orderedBoards } from "./positions.js";

export interface Submitted {
  readonly order: PowerOrder;
  readonly boards: readonly OrderedBoard[];
}

export interface Finished extends Submitted {
  readonly outcome: PowerOutcome;
}

export class SimulatedBmps implements BmpPort {
  /** Places, "cabinet,frame,board", of boards that are on. */
  readonly powered = new Set<string>();
  /** Places of boards that do not come up, or do not go off. */
  readonly bad = new Set<string>();
  readonly pauses: Pauses;
  /** Frames, "cabinet,frame", whose BMPs answer and refuse every power-on. */
  readonly refusing = new Set<string>();
  /** What the BMPs show of themselves. */
  readonly observations: ObservationDesk;
  readonly carriedOut: PowerOrder[] = [];
  times: BmpTimes = {
    settleMs: 0,
    retryMs: 0,
    powerOnMs: 0,
    replyMs: 0,
    pauseMs: 0,
    healthMs: 0,
  };
  onSubmit: (submitted: Submitted) => void = () => {};
  onReport: (finished: Finished) => void = () => {};
  onOutcome: (outcome: PowerOutcome) => void = () => {};
  /** Called when a board is powered on, or off, by an order. */
  onPower: (place: string, on: boolean) => void = () => {};
  private waiting: Submitted[] = [];
  private finished: Finished[] = [];

  constructor(clock: SimulatedClock) {
    this.pauses = new Pauses(clock);
    this.observations = new ObservationDesk(this.powered, this.pauses, clock);
  }

  addMachine(machineId: number, machine: MachineDescription): void {
    this.observations.machines.set(machineId, machine);
  }

  removeMachine(machineId: number): void {
    if ([...this.waiting, ...this.finished].some(({ order }) => order.machineId === machineId)) {
      throw new Error(`machine ${machineId} is removed while it has orders`);
    }
    if (!this.observations.machines.delete(machineId))
      throw new Error(`no machine ${machineId} to remove`);
  }

  setTimes(times: BmpTimes): void {
    this.times = times;
    this.pauses.configured(times.pauseMs);
  }

  submit(order: PowerOrder): void {
    const machine = this.observations.machines.get(order.machineId);
    if (!machine) throw new Error(`no machine ${order.machineId}`);
    const submitted = { order, boards: orderedBoards(order, machine) };
    this.onSubmit(submitted);
    this.pauses.submitted(order, submitted.boards);
    if (order.action === "off" && order.jobId !== null) this.cancelPowerOns(submitted);
    this.waiting.push(submitted);
  }

  get orders(): readonly PowerOrder[] {
    return this.waiting.map(({ order }) => order);
  }

  get isIdle(): boolean {
    return this.waiting.length === 0 && this.finished.length === 0;
  }

  /** Orders that may be carried out next. */
  get next(): readonly Submitted[] {
    return firstOfTheirBoards(this.waiting).filter(({ order, boards }) =>
      this.pauses.allow(order, boards),
    );
  }

  /** Outcomes that may be reported next. */
  get outcomes(): readonly Finished[] {
    return firstOfTheirBoards(this.finished);
  }

  /** Carries out an order; its outcome is under way. */
  carryOut(submitted: Submitted): void {
    this.waiting = this.waiting.filter((other) => other !== submitted);
    const { order, boards } = submitted;
    const preempted = order.action === "test" && this.waiting.some(sharesAFrame(submitted));
    // A test that gives way leaves its board off.
    const action = preempted ? "off" : order.action;
    const failures = boards.flatMap((board) => this.act(action, board));
    this.carriedOut.push(order);
    const { orderId } = order;
    this.finished.push({ order, boards, outcome: { orderId, failures, preempted } });
  }

  report(finished: Finished): void {
    this.finished = this.finished.filter((other) => other !== finished);
    this.onReport(finished);
    this.onOutcome(finished.outcome);
  }

  /** The server dies: the boards stay as they are, those that were being tested perhaps on. */
  crash(): void {
    for (const { order, boards } of this.waiting) {
      if (order.action !== "test") continue;
      for (const { place } of boards) if (!this.bad.has(place)) this.powered.add(place);
    }
    this.waiting = [];
    this.finished = [];
    this.observations.serverDied();
    this.pauses.serverDied();
  }

  /** Boards that are to be powered off anyway are not powered on any more. */
  private cancelPowerOns({ order: { jobId }, boards: goOff }: Submitted): void {
    const places = new Set(goOff.map(({ place }) => place));
    const cancelled = this.waiting.filter(
      ({ order, boards }) =>
        order.action === "on" &&
        order.jobId === jobId &&
        boards.some(({ place }) => places.has(place)),
    );
    this.waiting = this.waiting.filter((submitted) => !cancelled.includes(submitted));
    for (const { order, boards } of cancelled) {
      const { orderId } = order;
      this.finished.push({ order, boards, outcome: { orderId, failures: [], preempted: false } });
    }
  }

  private act(action: PowerAction, ordered: OrderedBoard): BoardFailure[] {
    const { board, place, frame, bmp } = ordered;
    const { powered, bad, refusing, observations, pauses } = this;
    // However it ends, for all that the worker knows.
    if (action === "off") pauses.wentOff(ordered);
    if (observations.silent.has(frame)) {
      observations.meetSilence(bmp);
      const reason = `BMP ${frame} does not answer for the board at ${place}`;
      return [{ board, reason, bmpSilent: true, mayBeOn: action === "test" }];
    }
    if (action === "check") {
      if (powered.has(place) && !observations.open.has(place)) {
        pauses.isUp(ordered);
        return [];
      }
      const isOff = !powered.has(place);
      if (isOff) pauses.wentOff(ordered);
      return [{ board, reason: `board at ${place} ${isOff ? "is off" : "was reset"}` }];
    }
    if (bad.has(place)) {
      const reason = `board at ${place} is bad`;
      return [{ board, reason, mayBeOn: action !== "on" && powered.has(place) }];
    }
    if (refusing.has(frame) && action !== "off") {
      // What was to be tested goes off all the same.
      if (action === "test") {
        this.onPower(place, false);
        powered.delete(place);
        pauses.wentOff(ordered);
      }
      return [{ board, reason: `BMP ${frame} refuses to power on the board at ${place}` }];
    }
    observations.changed(place);
    if (action !== "off") {
      this.onPower(place, true);
      powered.add(place);
      pauses.isUp(ordered);
    }
    if (action !== "on") {
      this.onPower(place, false);
      powered.delete(place);
      if (action === "test") pauses.wentOff(ordered);
    }
    return [];
  }
}

function firstOfTheirBoards<T extends Submitted>(orders: readonly T[]): T[] {
  if (orders.length < 2) return [...orders];
  const taken = new Set<string>();
  return orders.filter(({ boards }) => {
    const isFirst = !boards.some(({ place }) => taken.has(place));
    for (const { place } of boards) taken.add(place);
    return isFirst;
  });
}

function sharesAFrame({ boards }: Submitted): (other: Submitted) => boolean {
  const frames = new Set(boards.map(({ frame }) => frame));
  return (other) =>
    other.order.action !== "test" && other.boards.some(({ frame }) => frames.has(frame));
}
