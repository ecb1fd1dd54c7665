/**
 * Machines that left the configuration, until the last of their boards is off: others that use
 * their BMPs, or their name, wait for that.
 */
import { counted } from "../../domain/counted.js";
import type { MachineDescription } from "../../domain/machine.js";
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

/** Forgets a removed machine once none of its boards is on its way any more. */
export function forgetIfOff(state: EngineState, machine: LiveMachine): void {
  if (!machine.isRemoved || !state.machinesById.has(machine.machineId)) return;
  for (const cooldown of state.cooldowns.values()) if (cooldown.machine === machine) return;
  for (const order of state.orders.values()) if (order.machine === machine) return;
  state.machinesById.delete(machine.machineId);
  state.journal.machines.delete(machine.machineId);
  state.journal.wake();
  state.bmp.removeMachine(machine.machineId);
  for (const other of state.machines) {
    if (other.waitsFor.delete(machine.machineId)) other.queue.roomChanged();
  }
  logForgotten(state, machine);
}

function logForgotten({ log, quarantine, machines }: EngineState, machine: LiveMachine): void {
  const { name } = machine;
  const mayBeOn = [...quarantine.values()].filter(({ mayBeOn: isSo, bmp, number }) => {
    if (!isSo || bmp === null || machine.boardOf(bmp, number) === null) return false;
    return machines.every((other) => other.boardOf(bmp, number) === null);
  }).length;
  if (mayBeOn === 0) {
    log.info({}, `removed machine ${name} is now powered off and forgotten`);
    return;
  }
  log.warn(
    {},
    `removed machine ${name} is forgotten, but ${counted(mayBeOn, "board")} that it had and no machine has now may still be on; \`spalloc-server quarantine list\` has them`,
  );
}
