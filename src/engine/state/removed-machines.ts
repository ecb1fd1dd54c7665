/**
 * Machines that left the configuration, until the last of their boards is off. Others that use their
 * BMPs, or their name, wait until nothing is under way for these boards; not for those that may be
 * on because a power-off failed. Such a board is powered off when that can be done.
 */
import { boardCount } from "../../domain/board.js";
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

/** The machine to which the board of a record belongs, if none of that name is configured. */
export function removedMachineOf(
  { machines, machinesById }: EngineState,
  { machineName, board }: QuarantineRecord,
): LiveMachine | undefined {
  if (machines.some(({ name }) => name === machineName)) return undefined;
  const last = [...machinesById.values()]
    .filter(({ name, isRemoved }) => isRemoved && name === machineName)
    .sort((a, b) => b.machineId - a.machineId)[0];
  return last && board < boardCount(last.description) ? last : undefined;
}

/** Whether a configured machine has the board of a removed one: then it is for that one to power off. */
function isConfigured(
  machines: readonly MachineDescription[],
  removed: LiveMachine,
  board: number,
): boolean {
  const bmp = removed.bmpOf(board);
  const number = removed.numberInFrame(board);
  return machines.some(({ bmpIps, boardLocations }) => {
    const frames = bmpIps.filter(([, address]) => address === bmp).map(([frame]) => frame.join());
    if (frames.length === 0) return false;
    return boardLocations.some(
      ([, [cabinet, frame, other]]) => other === number && frames.includes(`${cabinet},${frame}`),
    );
  });
}

/**
 * Records of boards that may be on, and that the last machine of their name could have powered off.
 * @param configured the machines that there are, or will be
 */
export function owedPowerOffs(
  { quarantine }: EngineState,
  machine: LiveMachine,
  configured: readonly MachineDescription[],
): QuarantineRecord[] {
  if (configured.some(({ name }) => name === machine.name)) return [];
  return [...quarantine.values()].filter(
    ({ mayBeOn, machineName, board }) =>
      mayBeOn &&
      machineName === machine.name &&
      board < boardCount(machine.description) &&
      machine.bmpOf(board) !== null &&
      !isConfigured(configured, machine, board),
  );
}

/** Forgets a removed machine once none of its boards is on its way any more, and none may be on. */
export function forgetIfOff(state: EngineState, machine: LiveMachine): void {
  if (!machine.isRemoved || !state.machinesById.has(machine.machineId)) return;
  for (const cooldown of state.cooldowns.values()) if (cooldown.machine === machine) return;
  for (const order of state.orders.values()) if (order.machine === machine) return;
  for (const other of state.machines) {
    if (other.waitsFor.delete(machine.machineId)) other.queue.roomChanged();
  }
  const configured = state.machines.map(({ description }) => description);
  const owed = isFollowed(state, machine) ? [] : owedPowerOffs(state, machine, configured);
  if (owed.length > 0) {
    logKept(state, machine, owed.length);
    return;
  }
  state.machinesById.delete(machine.machineId);
  state.journal.machines.delete(machine.machineId);
  state.journal.wake();
  state.bmp.removeMachine(machine.machineId);
  logForgotten(state, machine);
}

/** Whether a machine of that name was removed later: the records are about its boards. */
function isFollowed({ machinesById }: EngineState, { name, machineId }: LiveMachine): boolean {
  return [...machinesById.values()].some(
    (other) => other.isRemoved && other.name === name && other.machineId > machineId,
  );
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

function logForgotten({ log, quarantine }: EngineState, { name }: LiveMachine): void {
  const mayBeOn = [...quarantine.values()].filter(
    (record) => record.machineName === name && record.mayBeOn,
  ).length;
  if (mayBeOn === 0) {
    log.info({}, `removed machine ${name} is now powered off and forgotten`);
    return;
  }
  log.warn(
    {},
    `removed machine ${name} is forgotten, but ${counted(mayBeOn, "board")} of this name may still be on; \`spalloc-server quarantine list\` has them`,
  );
}
