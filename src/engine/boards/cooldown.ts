/**
 * Boards on their way back from a job, or from the server's own self-test or power-off.
 *
 *   powering off   the order is under way; poweredOffAtMs is null
 *   cooling down   for `cooldownMs` after the power-off, whether it worked or not: boards that are
 *                  switched on again too soon come up unstable
 *   over           the boards are free; with its last cooldown a removed machine is forgotten
 */

import { type Allocation, singleBoard } from "../../domain/allocation.js";
import { boardCount, boardIndex, boardOfIndex } from "../../domain/board.js";
import { invariant } from "../../domain/invariant.js";
import { type Cooldown, cooldownRecord, type EngineState, nextId } from "../state/engine-state.js";
import { eventBoards } from "../state/event-facts.js";
import type { LiveJob, LiveMachine, Placement } from "../state/live-job.js";
import { forgetIfOff } from "../state/removed-machines.js";
import { submitOrder } from "./orders.js";
import { notePowerOff, quarantineFailedBoards } from "./quarantine.js";
import { noteBoardsFree } from "./shared-frames.js";
import { probeFrames } from "./suspect-frames.js";
import { isInUse } from "./unattended.js";

/** Takes the boards from a job, powers them off and lets them cool down. */
export function returnBoards(state: EngineState, job: LiveJob, placement: Placement): void {
  const { machine, allocation } = placement;
  job.leaveBoards();
  orderPowerOff(state, beginCooldown(state, job, machine, allocation));
}

/**
 * Has a board powered off that is on, or may be, and that no job has. A machine that was removed stays
 * until that is done.
 * @param over called when the power-off is over, well or not
 */
export function powerOffUnused(
  state: EngineState,
  machine: LiveMachine,
  board: number,
  over: () => void = () => {},
): void {
  const allocation = singleBoard(boardOfIndex(board, machine.description));
  machine.occupy(allocation, null);
  orderPowerOff(state, beginCooldown(state, null, machine, allocation), over);
}

/** Lets a board cool down that comes back from maintenance, and was powered off just now. */
export function coolDownBoard(state: EngineState, machine: LiveMachine, board: number): void {
  // It may have left the configuration meanwhile, and then has a cooldown already.
  if (isInUse(state, machine, board)) return;
  const allocation = singleBoard(boardOfIndex(board, machine.description));
  machine.occupy(allocation, null);
  notePoweredOff(state, beginCooldown(state, null, machine, allocation));
}

/**
 * Has all boards of a machine powered off that belong to no job and are not in their cooldown: what is known
 * of the machine was lost, so any of them may be on.
 */
export function powerOffUnknownBoards(state: EngineState, machine: LiveMachine): void {
  const { width, height, boardLocations } = machine.description;
  const positioned = new Set(
    boardLocations.map(([coordinates]) => boardIndex(coordinates, machine.description)),
  );
  const boards = Array.from({ length: boardCount(machine.description) }, (_, index) => index);
  // In a block of the whole machine, boards have the indices that they have in the machine.
  const missing = boards.filter(
    (board) => !positioned.has(board) || isInUse(state, machine, board),
  );
  if (missing.length === boards.length) return;
  const allocation = { x: 0, y: 0, width, height, board: null, missing };
  machine.occupy(allocation, null);
  orderPowerOff(state, beginCooldown(state, null, machine, allocation));
  state.log.warn(
    { machine: machine.name },
    `the record of machine ${machine.name} or of another was lost, so any board of it may be on: they are powered off before jobs get them`,
  );
}

function beginCooldown(
  state: EngineState,
  job: LiveJob | null,
  machine: LiveMachine,
  allocation: Allocation,
): Cooldown {
  const jobId = job?.jobId ?? null;
  const cooldown: Cooldown = {
    cooldownId: nextId(state, "nextCooldownId"),
    jobId,
    host: job?.creatorHost ?? null,
    machine,
    allocation,
    poweredOffAtMs: null,
    poweredOffElapsedMs: 0,
    timer: null,
  };
  state.cooldowns.set(cooldown.cooldownId, cooldown);
  state.journal.tell({
    kind: "cooldownStarted",
    atMs: state.clock.nowMs(),
    cooldownId: cooldown.cooldownId,
    jobId,
    boards: eventBoards(machine, allocation),
  });
  putCooldown(state, cooldown);
  return cooldown;
}

/** Has the boards of a cooldown powered off. Those that may still be on go into quarantine. */
export function orderPowerOff(
  state: EngineState,
  cooldown: Cooldown,
  over: () => void = () => {},
): void {
  const { jobId, machine, allocation } = cooldown;
  submitOrder(state, { jobId, machine, allocation, action: "off" }, ({ failures }) => {
    notePowerOff(state, machine, allocation);
    quarantineFailedBoards(state, machine, failures, "off");
    notePoweredOff(state, cooldown);
    over();
  });
}

/** The boards are off, as far as they ever will be: the time runs. */
function notePoweredOff(state: EngineState, cooldown: Cooldown): void {
  const atMs = state.clock.nowMs();
  cooldown.poweredOffAtMs = atMs;
  cooldown.poweredOffElapsedMs = state.clock.elapsedMs();
  const { cooldownId } = cooldown;
  state.journal.tell({ kind: "boardsPoweredOff", atMs, cooldownId });
  putCooldown(state, cooldown);
  armCooldown(state, cooldown);
}

/** Sets the end of a cooldown, when its boards are off or after a restart. */
export function armCooldown(state: EngineState, cooldown: Cooldown): void {
  if (leftMs(state, cooldown) <= 0) endCooldown(state, cooldown);
  else setTimer(state, cooldown);
}

/** Sets the ends of all cooldowns anew: how long they take has changed. None ends in this step. */
export function rearmCooldowns(state: EngineState): void {
  for (const cooldown of state.cooldowns.values()) {
    if (cooldown.poweredOffAtMs !== null) setTimer(state, cooldown);
  }
}

function setTimer(state: EngineState, cooldown: Cooldown): void {
  cooldown.timer?.cancel();
  const delayMs = Math.max(0, leftMs(state, cooldown));
  cooldown.timer = state.clock.after(delayMs, () => endCooldown(state, cooldown));
}

function leftMs({ clock, settings }: EngineState, { poweredOffElapsedMs }: Cooldown): number {
  return settings.cooldownMs - (clock.elapsedMs() - poweredOffElapsedMs);
}

function endCooldown(state: EngineState, cooldown: Cooldown): void {
  if (state.stopping) return;
  const { cooldownId, jobId } = cooldown;
  const wasCooling = state.cooldowns.delete(cooldownId);
  invariant(wasCooling, () => `cooldown ${cooldownId} of job ${jobId} ends a second time`);
  state.journal.cooldowns.delete(cooldownId);
  state.journal.tell({ kind: "cooldownEnded", atMs: state.clock.nowMs(), cooldownId });
  state.journal.wake();
  cooldown.machine.release(cooldown.allocation, cooldown.host);
  cooldown.machine.queue.roomChanged();
  noteBoardsFree(state, cooldown.machine, cooldown.allocation);
  probeFrames(state, cooldown.machine);
  forgetIfOff(state, cooldown.machine);
}

function putCooldown({ journal }: EngineState, cooldown: Cooldown): void {
  journal.cooldowns.put(cooldown.cooldownId, () => cooldownRecord(cooldown));
  journal.wake();
}
