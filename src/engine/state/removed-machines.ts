/**
 * Machines that left the configuration, until the last of their boards is off: others that use
 * their BMPs, or their name, wait for that.
 */
import type { EngineState } from "./engine-state.js";
import type { LiveMachine } from "./live-job.js";

/**
 * Holds a machine back while something is under way behind one of its BMPs, in one of its frames, or
 * under its name: a machine may have got another name and other addresses before its boards were off.
 */
export function waitForRemovedMachines(state: EngineState, machine: LiveMachine): void {
  const frames = framesAndBmps(machine);
  for (const { machine: other } of [...state.cooldowns.values(), ...state.orders.values()]) {
    if (!other.isRemoved) continue;
    const shares = framesAndBmps(other).some((key) => frames.includes(key));
    if (other.name === machine.name || shares) machine.waitsFor.add(other.machineId);
  }
}

/** Its frames, "cabinet,frame", and the addresses of their BMPs. */
function framesAndBmps({ description }: LiveMachine): readonly string[] {
  return description.bmpIps.flatMap(([frame, address]) => [frame.join(), address]);
}

/** Forgets a removed machine once none of its boards is on its way any more. */
export function forgetIfOff(state: EngineState, machine: LiveMachine): void {
  if (!machine.isRemoved || !state.machinesById.has(machine.machineId)) return;
  for (const rest of state.cooldowns.values()) if (rest.machine === machine) return;
  for (const order of state.orders.values()) if (order.machine === machine) return;
  state.machinesById.delete(machine.machineId);
  state.journal.machines.delete(machine.machineId);
  state.journal.wake();
  state.bmp.removeMachine(machine.machineId);
  for (const other of state.machines) {
    if (other.waitsFor.delete(machine.machineId)) other.queue.roomChanged();
  }
  state.log.info({}, `machine ${machine.name}: its last boards are off, it is gone`);
}
