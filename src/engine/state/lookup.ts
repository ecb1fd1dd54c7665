/** Where a board or chip is, and whose it is. */

import type { Allocation } from "../../domain/allocation.js";
import { originOf } from "../../domain/allocation.js";
import { boardOfIndex, isInside, type Size, wrap } from "../../domain/board.js";
import {
  boardOfChip,
  CHIPS_PER_TRIAD_SIDE,
  type ChipCoordinate,
  ethernetChip,
} from "../../domain/chips.js";
import type { Whereabouts, WhereIsQuery } from "../contract/api.js";
import type { EngineState } from "./engine-state.js";
import type { LiveJob, LiveMachine } from "./live-job.js";

/** Answers a query, or null when nothing is there. */
export function whereIs(state: EngineState, query: WhereIsQuery): Whereabouts | null {
  if (query.by === "jobChip") return whereIsJobChip(state, query.jobId, query.chip);
  const machine = state.machines.find(({ name }) => name === query.machine);
  if (machine === undefined) return null;
  if (query.by === "chip") return whereabouts(machine, query.chip);
  const board = query.by === "board" ? query.board : machine.view.boardAt(query.position);
  if (board === null || !isInside(board, machine.description)) return null;
  return whereabouts(machine, ethernetChip(board));
}

function whereIsJobChip(
  state: EngineState,
  jobId: number,
  [x, y]: ChipCoordinate,
): Whereabouts | null {
  const job = state.jobs.get(jobId);
  if (!job?.placement) return null;
  const { machine, allocation } = job.placement;
  const [ox, oy] = ethernetChip(originOf(allocation));
  const found = whereabouts(machine, [ox + x, oy + y]);
  return found?.jobId === jobId ? found : null;
}

function whereabouts(machine: LiveMachine, at: ChipCoordinate): Whereabouts | null {
  const { description } = machine;
  const { board, boardChip } = boardOfChip(at, description);
  const position = machine.view.positionOf(board);
  if (position === null) return null;
  const chip: ChipCoordinate = [
    wrap(at[0], description.width * CHIPS_PER_TRIAD_SIDE),
    wrap(at[1], description.height * CHIPS_PER_TRIAD_SIDE),
  ];
  const job = machine.placed.at(board);
  return {
    machine: machine.name,
    board,
    position,
    chip,
    boardChip,
    jobId: job?.jobId ?? null,
    jobChip: job?.placement ? chipInJob(job.placement.allocation, description, chip) : null,
  };
}

/** A chip of the machine relative to the job's origin, on the torus of the machine. */
function chipInJob(allocation: Allocation, machine: Size, [x, y]: ChipCoordinate): ChipCoordinate {
  const [ox, oy] = ethernetChip(originOf(allocation));
  return [
    wrap(x - ox, machine.width * CHIPS_PER_TRIAD_SIDE),
    wrap(y - oy, machine.height * CHIPS_PER_TRIAD_SIDE),
  ];
}

/** Jobs that hold one of the boards, by index; oldest first. */
export function jobsOn(machine: LiveMachine, boards: readonly number[]): LiveJob[] {
  const jobs = new Set<LiveJob>();
  for (const board of boards) {
    const job = machine.placed.at(boardOfIndex(board, machine.description));
    if (job !== null) jobs.add(job);
  }
  return [...jobs].sort((a, b) => a.jobId - b.jobId);
}
