/**
 * Machines that left the configuration, until the last of their boards is off: others that use
 * their BMPs, or their name, wait for that.
 */
import type { Facility } from "./facility.js";
import type { RunningMachine } from "./machine.js";

/**
 * Holds a machine back while something is under way behind one of its BMPs, in one of its frames, or
 * under its name: a machine may have got another name and other addresses before its boards were off.
 */
export function waitForRemoved(facility: Facility, machine: RunningMachine): void {
  const frames = framesAndBmps(machine);
  for (const { machine: other } of [...facility.rests.values(), ...facility.orders.values()]) {
    if (!other.isRemoved) continue;
    const shares = framesAndBmps(other).some((key) => frames.includes(key));
    if (other.name === machine.name || shares) machine.waitsFor.add(other.machineId);
  }
}

/** Its frames, "cabinet,frame", and the addresses of their BMPs. */
function framesAndBmps({ description }: RunningMachine): readonly string[] {
  return description.bmpIps.flatMap(([frame, address]) => [frame.join(), address]);
}

/** Forgets a removed machine once none of its boards is on its way any more. */
export function forgetRemoved(facility: Facility, machine: RunningMachine): void {
  if (!machine.isRemoved || !facility.machinesById.has(machine.machineId)) return;
  for (const rest of facility.rests.values()) if (rest.machine === machine) return;
  for (const order of facility.orders.values()) if (order.machine === machine) return;
  facility.machinesById.delete(machine.machineId);
  facility.journal.machines.delete(machine.machineId);
  facility.journal.wake();
  facility.bmp.removeMachine(machine.machineId);
  for (const other of facility.machines) {
    if (other.waitsFor.delete(machine.machineId)) other.queue.roomChanged();
  }
  facility.log.info({}, `machine ${machine.name}: its last boards are off, it is gone`);
}
