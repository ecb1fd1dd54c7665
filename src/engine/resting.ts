/**
 * Boards on their way back from a job.
 *
 *   powering off   the order is under way; poweredOffAt is null
 *   resting        for `restMs` after the power-off, whether it worked or not: boards that are cycled
 *                  too fast come up unstable
 *   gone           the boards are free; with its last rest a removed machine is forgotten
 */
import { type Facility, nextId, type Rest, restRecord } from "./facility.js";
import type { LiveJob, Placement } from "./job.js";
import type { RunningMachine } from "./machine.js";
import { submitOrder } from "./orders.js";

/** Takes the boards from a job, powers them off and lets them rest. */
export function releaseBoards(facility: Facility, job: LiveJob, placement: Placement): void {
  const rest: Rest = {
    restId: nextId(facility, "nextRestId"),
    jobId: job.jobId,
    machine: placement.machine,
    allocation: placement.allocation,
    poweredOffAt: null,
    poweredOffElapsedMs: 0,
    timer: null,
  };
  job.placement = null;
  facility.rests.set(rest.restId, rest);
  putRest(facility, rest);
  submitOrder(facility, rest, rest, "off");
}

/** The BMPs are done with the power-off of a rest. */
export function restOutcome(facility: Facility, rest: Rest): void {
  rest.poweredOffAt = facility.clock.now();
  rest.poweredOffElapsedMs = facility.clock.elapsed();
  putRest(facility, rest);
  armRest(facility, rest);
}

/** Sets the end of a rest, at its start, after a restart, or when the time to rest changed. */
export function armRest(facility: Facility, rest: Rest): void {
  rest.timer?.cancel();
  rest.timer = null;
  const restedMs = facility.clock.elapsed() - rest.poweredOffElapsedMs;
  const leftMs = facility.settings.restMs - restedMs;
  if (leftMs <= 0) endRest(facility, rest);
  else rest.timer = facility.clock.after(leftMs, () => endRest(facility, rest));
}

function endRest(facility: Facility, rest: Rest): void {
  if (facility.stopping) return;
  facility.rests.delete(rest.restId);
  facility.journal.rests.delete(rest.restId);
  facility.journal.wake();
  rest.machine.bitmaps.release(rest.allocation);
  rest.machine.queue.roomChanged();
  forgetRemoved(facility, rest.machine);
}

function putRest({ journal }: Facility, rest: Rest): void {
  journal.rests.put(rest.restId, () => restRecord(rest));
  journal.wake();
}

/** Forgets a removed machine once none of its boards is on its way any more. */
export function forgetRemoved(facility: Facility, machine: RunningMachine): void {
  if (!machine.isRemoved) return;
  for (const rest of facility.rests.values()) if (rest.machine === machine) return;
  facility.machinesById.delete(machine.machineId);
  facility.journal.machines.delete(machine.machineId);
  facility.journal.wake();
  facility.bmp.removeMachine(machine.machineId);
  for (const other of facility.machines) {
    if (other.waitsFor.delete(machine.machineId)) other.queue.roomChanged();
  }
  facility.log.info({}, `machine ${machine.name}: its last boards are off, it is gone`);
}
