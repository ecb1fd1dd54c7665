/**
 * Boards on their way back from a job.
 *
 *   powering off   the order is under way; poweredOffAtMs is null
 *   resting        for `restMs` after the power-off, whether it worked or not: boards that are cycled
 *                  too fast come up unstable
 *   gone           the boards are free; with its last rest a removed machine is forgotten
 */

import type { Allocation } from "../../domain/allocation.js";
import { holdsBoard } from "../../domain/allocation.js";
import { boardOfIndex } from "../../domain/board.js";
import { type Cooldown, cooldownRecord, type EngineState, nextId } from "../state/engine-state.js";
import type { LiveJob, LiveMachine, Placement } from "../state/live-job.js";
import { forgetIfOff } from "../state/removed-machines.js";
import { submitOrder } from "./orders.js";
import { notePowerOff, quarantineFailedBoards } from "./quarantine.js";
import { singleBoardAllocation } from "./self-tests.js";

/** Takes the boards from a job, powers them off and lets them rest. */
export function returnBoards(state: EngineState, job: LiveJob, placement: Placement): void {
  const { machine, allocation } = placement;
  job.leaveBoards();
  beginCooldown(state, job.jobId, machine, allocation);
}

/**
 * Has a board powered off that may be on and that no machine has any more: it left the configuration.
 * The machine that had it was removed, and stays until that is done.
 */
export function powerOffUnconfigured(
  state: EngineState,
  machine: LiveMachine,
  board: number,
): void {
  const coordinate = boardOfIndex(board, machine.description);
  // Those of a job that ended with its machine are on their way already.
  const isOnItsWay = [...state.cooldowns.values()].some(
    (rest) =>
      rest.machine === machine && holdsBoard(rest.allocation, coordinate, machine.description),
  );
  if (isOnItsWay) return;
  const allocation = singleBoardAllocation(machine, board);
  machine.bitmaps.occupy(allocation);
  beginCooldown(state, null, machine, allocation);
}

function beginCooldown(
  state: EngineState,
  jobId: number | null,
  machine: LiveMachine,
  allocation: Allocation,
): void {
  const rest: Cooldown = {
    cooldownId: nextId(state, "nextCooldownId"),
    jobId,
    machine,
    allocation,
    poweredOffAtMs: null,
    poweredOffElapsedMs: 0,
    timer: null,
  };
  state.cooldowns.set(rest.cooldownId, rest);
  putCooldown(state, rest);
  orderPowerOff(state, rest);
}

/** Has the boards of a rest powered off. Those that may still be on are set aside. */
export function orderPowerOff(state: EngineState, rest: Cooldown): void {
  const { jobId, machine, allocation } = rest;
  submitOrder(state, { jobId, machine, allocation, action: "off" }, ({ failures }) => {
    notePowerOff(state, machine, allocation);
    quarantineFailedBoards(state, machine, failures, "off");
    rest.poweredOffAtMs = state.clock.nowMs();
    rest.poweredOffElapsedMs = state.clock.elapsedMs();
    putCooldown(state, rest);
    armCooldown(state, rest);
  });
}

/** Sets the end of a rest, at its start, after a restart, or when the time to rest changed. */
export function armCooldown(state: EngineState, rest: Cooldown): void {
  rest.timer?.cancel();
  rest.timer = null;
  const restedMs = state.clock.elapsedMs() - rest.poweredOffElapsedMs;
  const leftMs = state.settings.cooldownMs - restedMs;
  if (leftMs <= 0) endCooldown(state, rest);
  else rest.timer = state.clock.after(leftMs, () => endCooldown(state, rest));
}

function endCooldown(state: EngineState, rest: Cooldown): void {
  if (state.stopping) return;
  state.cooldowns.delete(rest.cooldownId);
  state.journal.cooldowns.delete(rest.cooldownId);
  state.journal.wake();
  rest.machine.bitmaps.release(rest.allocation);
  rest.machine.queue.roomChanged();
  forgetIfOff(state, rest.machine);
}

function putCooldown({ journal }: EngineState, rest: Cooldown): void {
  journal.cooldowns.put(rest.cooldownId, () => cooldownRecord(rest));
  journal.wake();
}
