/**
 * Machines that left the configuration, until the last of their boards is off: others that use
 * their BMPs, or their name, wait for that.
 */
import type { Facility } from "./facility.js";
import type { RunningMachine } from "./machine.js";

/** Holds a machine back while something is under way behind one of its BMPs, or under its name. */
export function waitForRemoved(facility: Facility, machine: RunningMachine): void {
  const addresses = bmpAddresses(machine);
  for (const { machine: other } of [...facility.rests.values(), ...facility.orders.values()]) {
    if (!other.isRemoved) continue;
    const shares = bmpAddresses(other).some((address) => addresses.includes(address));
    if (other.name === machine.name || shares) machine.waitsFor.add(other.machineId);
  }
}

function bmpAddresses({ description }: RunningMachine): readonly string[] {
  return description.bmpIps.map(([, address]) => address);
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
