/** Where a board or chip is, and whose it is. */
import { originOf } from "../allocation/boards.js";
import type { Allocation } from "../allocation/types.js";
import {
  boardOfChip,
  CHIPS_PER_TRIAD_SIDE,
  type ChipCoordinate,
  ethernetChip,
  isInside,
  type Size,
  wrap,
} from "../geometry/index.js";
import type { Whereabouts, WhereIsQuery } from "./api.js";
import type { Facility } from "./facility.js";
import type { RunningMachine } from "./machine.js";

/** Answers a query, or null when nothing is there. */
export function whereIs(facility: Facility, query: WhereIsQuery): Whereabouts | null {
  if (query.by === "jobChip") return whereIsJobChip(facility, query.jobId, query.chip);
  const machine = facility.machines.find(({ name }) => name === query.machine);
  if (machine === undefined) return null;
  if (query.by === "chip") return whereabouts(machine, query.chip);
  const board = query.by === "board" ? query.board : machine.view.boardAt(query.position);
  if (board === null || !isInside(board, machine.description)) return null;
  return whereabouts(machine, ethernetChip(board));
}

function whereIsJobChip(
  facility: Facility,
  jobId: number,
  [x, y]: ChipCoordinate,
): Whereabouts | null {
  const job = facility.jobs.get(jobId);
  if (!job?.placement) return null;
  const { machine, allocation } = job.placement;
  const [ox, oy] = ethernetChip(originOf(allocation));
  const found = whereabouts(machine, [ox + x, oy + y]);
  return found?.jobId === jobId ? found : null;
}

function whereabouts(machine: RunningMachine, at: ChipCoordinate): Whereabouts | null {
  const { description } = machine;
  const { board, boardChip } = boardOfChip(at, description);
  const physical = machine.view.positionOf(board);
  if (physical === null) return null;
  const chip: ChipCoordinate = [
    wrap(at[0], description.width * CHIPS_PER_TRIAD_SIDE),
    wrap(at[1], description.height * CHIPS_PER_TRIAD_SIDE),
  ];
  const job = machine.placed.at(board);
  return {
    machine: machine.name,
    logical: board,
    physical,
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
