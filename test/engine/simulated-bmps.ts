/** BMPs in memory: orders of a machine are carried out in order; the power of every board is known. */
import { boardsOf } from "../../src/allocation/boards.js";
import type { MachineDescription } from "../../src/config/description.js";
import type { BmpPort, BoardFailure, PowerOrder, PowerOutcome } from "../../src/engine/ports.js";
import { type BoardPosition, boardIndex } from "../../src/geometry/index.js";

export class SimulatedBmps implements BmpPort {
  /** Places (cabinet, frame, board) of boards that are on. */
  readonly powered = new Set<string>();
  /** Places of boards that do not come up, or do not go off. */
  readonly bad = new Set<string>();
  readonly carriedOut: PowerOrder[] = [];
  times = { settleMs: 0, retryMs: 0 };
  private machines = new Map<number, MachineDescription>();
  private waiting: PowerOrder[] = [];
  onOutcome: (outcome: PowerOutcome) => void = () => {};

  addMachine(machineId: number, machine: MachineDescription): void {
    this.machines.set(machineId, machine);
  }

  removeMachine(machineId: number): void {
    if (this.waiting.some((order) => order.machineId === machineId)) {
      throw new Error(`machine ${machineId} is removed while it has orders`);
    }
    if (!this.machines.delete(machineId)) throw new Error(`no machine ${machineId} to remove`);
  }

  setTimes(times: { settleMs: number; retryMs: number }): void {
    this.times = times;
  }

  submit(order: PowerOrder): void {
    if (!this.machines.has(order.machineId)) throw new Error(`no machine ${order.machineId}`);
    this.waiting.push(order);
  }

  get orders(): readonly PowerOrder[] {
    return this.waiting;
  }

  /** Carries out one of the orders, none of which overtakes another of its job. */
  carryOut(order: PowerOrder, dies = false): void {
    this.waiting = this.waiting.filter((other) => other !== order);
    const machine = this.machines.get(order.machineId)!;
    const failures: BoardFailure[] = [];
    for (const board of boardsOf(order.allocation, machine)) {
      const place = placeOf(machine, board.join());
      const index = boardIndex(board, machine);
      if (order.boards !== null && !order.boards.includes(index)) continue;
      if (order.direction === "check") {
        if (!this.powered.has(place)) failures.push({ board: index, reason: `${place} is dark` });
      } else if (this.bad.has(place)) {
        failures.push({ board: index, reason: `board at ${place} is bad` });
      } else if (order.direction === "on") this.powered.add(place);
      else this.powered.delete(place);
    }
    this.carriedOut.push(order);
    if (!dies) this.onOutcome({ orderId: order.orderId, failures });
  }

  /** Orders that may be carried out next: the oldest of each job. */
  get next(): PowerOrder[] {
    const jobs = new Set<number>();
    return this.waiting.filter(({ jobId }) => !jobs.has(jobId) && jobs.add(jobId));
  }

  crash(): void {
    this.waiting = [];
    this.machines = new Map();
  }
}

const places = new WeakMap<MachineDescription, Map<string, BoardPosition>>();

/** "cabinet,frame,board" of the board "x,y,z". */
function placeOf(machine: MachineDescription, board: string): string {
  let known = places.get(machine);
  if (!known) {
    known = new Map(machine.boardLocations.map(([at, position]) => [at.join(), position]));
    places.set(machine, known);
  }
  return known.get(board)!.join();
}
