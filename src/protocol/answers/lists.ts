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
 * The list of jobs; joined anew only when a job in it changed. It shows what is on disk, and so waits for
 * nothing. Only behind other answers to the same client that wait for their commits it shows, and waits
 * for, everything done so far: a client that does not wait for its answers expects what it asked for.
 */
export class JobListText {
  private readonly durable = new ListOfViews();
  private readonly latest = new ListOfViews();

  of(engine: EngineApi, { awaitsCommit }: { readonly awaitsCommit: boolean }): Answer {
    if (awaitsCommit) return this.latest.of([...engine.jobs()], engine.currentMark());
    return this.durable.of(engine.durableJobs());
  }
}

class ListOfViews {
  private views: readonly JobView[] = [];
  private answer: Answer = returnedOften("[]");

  of(views: readonly JobView[], mark?: CommitMark): Answer {
    const isSame =
      views === this.views ||
      (views.length === this.views.length && views.every((view, i) => view === this.views[i]));
    this.views = views;
    if (!isSame) {
      this.answer = returnedOften(`[${views.map(jobText).join(",")}]`);
    }
    return mark === undefined ? this.answer : { ...this.answer, mark };
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
