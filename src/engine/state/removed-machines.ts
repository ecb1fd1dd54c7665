/**
 * Machines that left the configuration, until the last of their boards is off. Others that use their
 * BMPs, or their name, wait until nothing is under way for these boards; not for those that may be
 * on because a power-off failed. Such a board is powered off when that can be done.
 */
import { counted } from "../../domain/counted.js";
import type { MachineDescription } from "../../domain/machine.js";
import type { QuarantineRecord } from "../contract/records.js";
import type { EngineState } from "./engine-state.js";
import type { LiveMachine } from "./live-job.js";

/** Machines with boards that are powering off or cooling down, or with orders under way. */
export function busyMachines({ cooldowns, orders }: EngineState): Set<LiveMachine> {
  return new Set([...cooldowns.values(), ...orders.values()].map(({ machine }) => machine));
}

/**
 * Those of the removed machines for which a machine must wait while they are busy: they have one of
 * its BMPs, one of its frames, or its name. A machine may have got another name and other addresses
 * before its boards were off.
 */
export function machinesToWaitFor(
  { name, bmpIps }: MachineDescription,
  removed: readonly LiveMachine[],
): readonly LiveMachine[] {
  if (removed.length === 0) return [];
  const keys = new Set(framesAndBmps(bmpIps));
  return removed.filter(
    (other) =>
      other.name === name || framesAndBmps(other.description.bmpIps).some((key) => keys.has(key)),
  );
}

/** Frames, "cabinet,frame", and the addresses of their BMPs. */
function framesAndBmps(bmpIps: MachineDescription["bmpIps"]): readonly string[] {
  return bmpIps.flatMap(([frame, address]) => [frame.join(), address]);
}

/** Where the board of a record can be powered off that no running machine has: where it was last. */
export function removedMachineOf(
  { machines, machinesById }: EngineState,
  { bmp, number }: Pick<QuarantineRecord, "bmp" | "number">,
): LiveMachine | undefined {
  const hasBoard = (machine: LiveMachine) => bmp !== null && machine.boardOf(bmp, number) !== null;
  if (machines.some(hasBoard)) return undefined;
  return [...machinesById.values()]
    .filter((machine) => machine.isRemoved && hasBoard(machine))
    .sort((a, b) => b.machineId - a.machineId)[0];
}

/** Whether a configured machine has the board: then it is for that one to power off. */
function isConfigured(
  machines: readonly MachineDescription[],
  bmp: string,
  number: number,
): boolean {
  return machines.some(({ bmpIps, boardLocations }) => {
    const frames = bmpIps.filter(([, address]) => address === bmp).map(([frame]) => frame.join());
    if (frames.length === 0) return false;
    return boardLocations.some(
      ([, [cabinet, frame, other]]) => other === number && frames.includes(`${cabinet},${frame}`),
    );
  });
}

/**
 * Records of boards that may be on, and that no machine has any more: this one was removed last of those
 * that had them, or will be.
 * @param configured the machines that there are, or will be
 */
export function owedPowerOffs(
  { quarantine, machines, machinesById }: EngineState,
  machine: LiveMachine,
  configured: readonly MachineDescription[] = machines.map(({ description }) => description),
): QuarantineRecord[] {
  const later = [...machinesById.values()].filter(
    ({ isRemoved, machineId }) => isRemoved && machineId > machine.machineId,
  );
  return [...quarantine.values()].filter(({ mayBeOn, bmp, number }) => {
    if (!mayBeOn || bmp === null || machine.boardOf(bmp, number) === null) return false;
    if (later.some((other) => other.boardOf(bmp, number) !== null)) return false;
    return !isConfigured(configured, bmp, number);
  });
}

/** Forgets all removed machines of which that can be said. */
export function forgetRemoved(state: EngineState): void {
  for (const machine of [...state.machinesById.values()]) forgetIfOff(state, machine);
}

/** Forgets a removed machine once none of its boards is on its way any more, and none may be on. */
export function forgetIfOff(state: EngineState, machine: LiveMachine): void {
  if (!machine.isRemoved || !state.machinesById.has(machine.machineId)) return;
  for (const cooldown of state.cooldowns.values()) if (cooldown.machine === machine) return;
  for (const order of state.orders.values()) if (order.machine === machine) return;
  for (const other of state.machines) {
    if (other.waitsFor.delete(machine.machineId)) other.queue.roomChanged();
  }
  const owed = owedPowerOffs(state, machine);
  if (owed.length > 0) {
    logKept(state, machine, owed.length);
    return;
  }
  state.machinesById.delete(machine.machineId);
  state.journal.machines.delete(machine.machineId);
  state.journal.wake();
  state.bmp.removeMachine(machine.machineId);
  state.log.info({}, `removed machine ${machine.name} is now powered off and forgotten`);
}

/** Boards that were said to keep a removed machine. */
const saidToKeep = new WeakMap<LiveMachine, number>();

function logKept({ log }: EngineState, machine: LiveMachine, mayBeOn: number): void {
  if (saidToKeep.get(machine) === mayBeOn) return;
  saidToKeep.set(machine, mayBeOn);
  log.warn(
    {},
    `removed machine ${machine.name} is kept, because ${counted(mayBeOn, "board")} of it may still be on: the server powers them off as soon as their BMP lets it; \`spalloc-server quarantine list\` has them`,
  );
}
