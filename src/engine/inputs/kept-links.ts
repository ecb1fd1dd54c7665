/** Links between boards of a running job that a reload declares dead, or no longer dead. */
import { boardIndex } from "../../domain/board.js";
import { otherEnd } from "../../domain/links.js";
import type { DeadLink, MachineDescription } from "../../domain/machine.js";
import type { KeptLink } from "../contract/reload-plan.js";
import type { LiveMachine } from "../state/live-job.js";

/**
 * The job has such a link as it was when its boards were powered on last: to stop it now would take it
 * from under the job, and nothing but a power-on opens one again. By the order of the configuration.
 */
export function keptLinks(machine: LiveMachine, description: MachineDescription): KeptLink[] {
  const were = deadCables(machine.description);
  const are = deadCables(description);
  const changed = (from: Cables, to: Cables, isDead: boolean) =>
    [...to]
      .filter(([key]) => !from.has(key))
      .flatMap(([, link]) => keptLink(machine, link, isDead));
  return [...changed(were, are, true), ...changed(are, were, false)];
}

function keptLink(machine: LiveMachine, [x, y, z, link]: DeadLink, isDead: boolean): KeptLink[] {
  const [otherBoard] = otherEnd([x, y, z], link, machine.description);
  const job = machine.placed.at([x, y, z]);
  if (job === null || job !== machine.placed.at(otherBoard)) return [];
  // Boards that are off are powered on by what holds then.
  if (job.placement?.power !== true) return [];
  const board = machine.refer(boardIndex([x, y, z], machine.description));
  const { jobId, owner } = job;
  return [{ machine: machine.name, link: { board, link }, isDead, jobId, owner }];
}

/** By both of their ends, each as it was declared first. */
type Cables = ReadonlyMap<string, DeadLink>;

function deadCables(machine: MachineDescription): Cables {
  const cables = new Map<string, DeadLink>();
  for (const end of machine.deadLinks) {
    const [x, y, z, link] = end;
    const [otherBoard, otherLink] = otherEnd([x, y, z], link, machine);
    const key = [end.join(), [...otherBoard, otherLink].join()].sort().join(" ");
    if (!cables.has(key)) cables.set(key, end);
  }
  return cables;
}
