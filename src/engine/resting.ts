/**
 * Boards on their way back from a job.
 *
 *   powering off   the order is under way; poweredOffAt is null
 *   resting        for `restMs` after the power-off, whether it worked or not: boards that are cycled
 *                  too fast come up unstable
 *   gone           the boards are free; with its last rest a removed machine is forgotten
 */
import { holdsBoard } from "../allocation/boards.js";
import type { Allocation } from "../allocation/types.js";
import { boardOfIndex } from "../geometry/index.js";
import { type Facility, nextId, type Rest, restRecord } from "./facility.js";
import type { LiveJob, Placement } from "./job.js";
import type { RunningMachine } from "./machine.js";
import { submitOrder } from "./orders.js";
import { NO_JOB } from "./ports.js";
import { powerOffDone, setFailedAside } from "./quarantine.js";
import { forgetRemoved } from "./removed.js";
import { singleBoard } from "./self-tests.js";

/** Takes the boards from a job, powers them off and lets them rest. */
export function releaseBoards(facility: Facility, job: LiveJob, placement: Placement): void {
  const { machine, allocation } = placement;
  job.leaveBoards();
  beginRest(facility, job.jobId, machine, allocation);
}

/**
 * Has a board powered off that may be on and that no machine has any more: it left the configuration.
 * The machine that had it was removed, and stays until that is done.
 */
export function powerOffLost(facility: Facility, machine: RunningMachine, board: number): void {
  const coordinate = boardOfIndex(board, machine.description);
  // Those of a job that ended with its machine are on their way already.
  const isOnItsWay = [...facility.rests.values()].some(
    (rest) =>
      rest.machine === machine && holdsBoard(rest.allocation, coordinate, machine.description),
  );
  if (isOnItsWay) return;
  const allocation = singleBoard(machine, board);
  machine.bitmaps.occupy(allocation);
  beginRest(facility, NO_JOB, machine, allocation);
}

function beginRest(
  facility: Facility,
  jobId: number,
  machine: RunningMachine,
  allocation: Allocation,
): void {
  const rest: Rest = {
    restId: nextId(facility, "nextRestId"),
    jobId,
    machine,
    allocation,
    poweredOffAt: null,
    poweredOffElapsedMs: 0,
    timer: null,
  };
  facility.rests.set(rest.restId, rest);
  putRest(facility, rest);
  orderOff(facility, rest);
}

/** Has the boards of a rest powered off. Those that may still be on are set aside. */
export function orderOff(facility: Facility, rest: Rest): void {
  const { jobId, machine, allocation } = rest;
  submitOrder(facility, { jobId, machine, allocation, direction: "off" }, ({ failures }) => {
    powerOffDone(facility, machine, allocation);
    setFailedAside(facility, machine, failures, "off");
    rest.poweredOffAt = facility.clock.now();
    rest.poweredOffElapsedMs = facility.clock.elapsed();
    putRest(facility, rest);
    armRest(facility, rest);
  });
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
