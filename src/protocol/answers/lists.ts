/** The lists of all jobs and all machines, made once per change and shared by all who ask. */
import { boardsOf } from "../../domain/allocation.js";
import type { CommitMark, EngineApi, JobView, MachineView } from "../../engine/contract/api.js";
import { type Answer, returned, returnedOften } from "./answer.js";
import { listedArguments } from "./listed-arguments.js";
import { memoized } from "./memoized.js";

const jobText = memoized((job: JobView): string => {
  const { placed } = job;
  const before = JSON.stringify({
    job_id: job.jobId,
    owner: job.owner,
    start_time: job.startTimeS,
    keepalive: job.keepaliveS,
    state: job.state,
    power: job.power,
  });
  const after = JSON.stringify({
    allocated_machine_name: placed?.machine.description.name ?? null,
    boards: placed && boardsOf(placed.allocation, placed.machine.description),
    keepalivehost: job.host ?? "",
  });
  return `${before.slice(0, -1)},${listedArguments(job)},${after.slice(1)}`;
});

/**
 * The list of jobs; joined anew only when a job in it changed. It waits for the commits of everything
 * done so far: even an unchanged list may leave out a job that was created and ended in between.
 */
export class JobListText {
  private views: JobView[] = [];
  private answer: Answer = returnedOften("[]");
  /** While the engine is at this mark the list is known to be unchanged; -1: it is not known. */
  private settledMark: CommitMark = -1;

  of(engine: EngineApi): Answer {
    const mark = engine.currentMark();
    if (mark === this.settledMark) return this.answer;
    const views: JobView[] = [];
    let same = true;
    for (const view of engine.jobs()) {
      if (this.views[views.length] !== view) same = false;
      views.push(view);
    }
    if (!same || views.length !== this.views.length) {
      this.views = views;
      this.answer = returnedOften(`[${views.map(jobText).join(",")}]`, mark);
    } else {
      this.answer = { ...this.answer, mark };
    }
    // Until it is durable, more may change under the same mark.
    this.settledMark = mark <= engine.durableMark() ? mark : -1;
    return this.answer;
  }
}

const machineText = memoized(({ description, boardsOut }: MachineView): string =>
  JSON.stringify({
    name: description.name,
    tags: description.tags,
    width: description.width,
    height: description.height,
    dead_boards: boardsOut,
    dead_links: description.deadLinks,
  }),
);

/**
 * The list of machines; joined anew only when one of them changed. It waits for the commit of what it shows
 * that is new.
 */
export class MachineListText {
  private views: readonly MachineView[] = [];
  private answer: Answer = returned("[]");

  of(engine: EngineApi): Answer {
    const views = engine.machines();
    const { views: before } = this;
    if (views.length !== before.length || views.some((view, at) => view !== before[at])) {
      this.views = views;
      this.answer = returned(`[${views.map(machineText).join(",")}]`, engine.currentMark());
    }
    return this.answer;
  }
}
