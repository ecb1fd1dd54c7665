/** The lists of all jobs and all machines, made once per change and shared by all who ask. */
import { boardsOf } from "../../domain/allocation.js";
import type { EngineApi, JobView, MachineView } from "../../engine/contract/api.js";
import { type Answer, returnedOften } from "./answer.js";
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

interface Asker {
  /** Whether answers to the same client wait for their commits. */
  readonly awaitsCommit: boolean;
}

/**
 * A list of views; joined anew only when one of them changed. It shows what is on disk, and so waits for
 * nothing. Only behind other answers to the same client that wait for their commits it shows, and waits
 * for, everything done so far: a client that does not wait for its answers expects what it asked for.
 */
class ListText<View> {
  private readonly onDisk: ListOfViews<View>;
  private readonly latest: ListOfViews<View>;

  constructor(
    textOf: (view: View) => string,
    private readonly durableViews: (engine: EngineApi) => readonly View[],
    private readonly views: (engine: EngineApi) => readonly View[],
  ) {
    this.onDisk = new ListOfViews(textOf);
    this.latest = new ListOfViews(textOf);
  }

  of(engine: EngineApi, { awaitsCommit }: Asker): Answer {
    if (!awaitsCommit) return this.onDisk.of(this.durableViews(engine));
    return { ...this.latest.of(this.views(engine)), mark: engine.currentMark() };
  }
}

class ListOfViews<View> {
  private views: readonly View[] = [];
  private answer: Answer = returnedOften("[]");

  constructor(private readonly textOf: (view: View) => string) {}

  of(views: readonly View[]): Answer {
    const isSame =
      views === this.views ||
      (views.length === this.views.length && views.every((view, i) => view === this.views[i]));
    this.views = views;
    if (!isSame) this.answer = returnedOften(`[${views.map(this.textOf).join(",")}]`);
    return this.answer;
  }
}

export class JobListText extends ListText<JobView> {
  constructor() {
    super(
      jobText,
      (engine) => engine.durableJobs(),
      (engine) => [...engine.jobs()],
    );
  }
}

export class MachineListText extends ListText<MachineView> {
  constructor() {
    super(
      machineText,
      (engine) => engine.durableMachines(),
      (engine) => engine.machines(),
    );
  }
}
