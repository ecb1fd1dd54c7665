/** The lists of all jobs and all machines, made once per change and shared by all who ask. */
import { boardsOf } from "../../domain/allocation.js";
import type { CommitMark, EngineApi, JobView, MachineView } from "../../engine/contract/api.js";
import { type Answer, returnedOften } from "./answer.js";
import { ListBlocks, type ListForm } from "./list-blocks.js";
import { listedArguments } from "./listed-arguments.js";
import { LongList } from "./long-list.js";
import { memoized } from "./memoized.js";

function jobText(job: JobView): string {
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
}

function machineText({ description, boardsOut }: MachineView): string {
  return JSON.stringify({
    name: description.name,
    tags: description.tags,
    width: description.width,
    height: description.height,
    dead_boards: boardsOut,
    dead_links: description.deadLinks,
  });
}

interface Asker {
  /** Whether answers to the same client wait for their commits. */
  readonly awaitsCommit: boolean;
}

/** A list that is longer, roughly in bytes, is sent in pieces. */
const LONG_BYTES = 256 * 1024;

/**
 * A list of views; joined anew only when one of them changed. It shows what is on disk, and so waits for
 * nothing. Only behind other answers to the same client that wait for their commits it shows, and waits
 * for, everything done so far: a client that does not wait for its answers expects what it asked for.
 */
class ListText<View extends object> {
  private readonly onDisk: ListOfViews<View>;
  private readonly latest: ListOfViews<View>;
  private readonly blocks: ListBlocks<View>;

  constructor(
    form: ListForm<View>,
    private readonly durableViews: (engine: EngineApi) => readonly View[],
    private readonly views: (engine: EngineApi) => readonly View[],
  ) {
    this.blocks = new ListBlocks(form);
    const keptText = memoized(form.textOf);
    this.onDisk = new ListOfViews(form, keptText, this.blocks);
    this.latest = new ListOfViews(form, keptText, this.blocks);
  }

  /** Bytes held for nobody but those who have not read their lists to the end. */
  get staleBytes(): number {
    return this.blocks.staleBytes;
  }

  of(engine: EngineApi, { awaitsCommit }: Asker): Answer {
    if (!awaitsCommit) return this.onDisk.of(this.durableViews(engine));
    return this.latest.of(this.views(engine), engine.currentMark());
  }
}

class ListOfViews<View extends object> {
  private views: readonly View[] = [];
  private answer: Answer = returnedOften("[]");

  constructor(
    private readonly form: ListForm<View>,
    private readonly textOf: (view: View) => string,
    private readonly blocks: ListBlocks<View>,
  ) {}

  of(views: readonly View[], mark?: CommitMark): Answer {
    if (views !== this.views && this.isLong(views)) {
      // What was made of a shorter one is not needed, and a longer one is not kept twice.
      this.views = [];
      this.answer = returnedOften("[]");
      return new LongList(this.blocks, this.blocks.version(views), mark ?? 0);
    }
    const isSame =
      views === this.views ||
      (views.length === this.views.length && views.every((view, i) => view === this.views[i]));
    this.views = views;
    if (!isSame) this.answer = returnedOften(`[${views.map(this.textOf).join(",")}]`);
    return mark === undefined ? this.answer : { ...this.answer, mark };
  }

  private isLong(views: readonly View[]): boolean {
    let bytes = 0;
    for (const view of views) {
      bytes += this.form.weightOf(view);
      if (bytes > LONG_BYTES) return true;
    }
    return false;
  }
}

/** Jobs of one block. */
const JOBS_OF_BLOCK = 32;
/** Roughly the bytes that an entry takes without what its client wrote. */
const JOB_BYTES = 256;
const MACHINE_BYTES = 256;
const BYTES_OF_BOARD = 16;
const BYTES_OF_CHAR = 2;

const jobs: ListForm<JobView> = {
  textOf: jobText,
  weightOf: ({ owner, argsJson, kwargsJson, placed }) =>
    JOB_BYTES +
    BYTES_OF_CHAR * (owner.length + argsJson.length + kwargsJson.length) +
    (placed === null ? 0 : placed.allocation.width * placed.allocation.height * 3 * BYTES_OF_BOARD),
  blockOf: ({ jobId }) => Math.floor(jobId / JOBS_OF_BLOCK),
};

const machines: ListForm<MachineView> = {
  textOf: machineText,
  weightOf: ({ boardsOut, description }) =>
    MACHINE_BYTES + (boardsOut.length + description.deadLinks.length) * BYTES_OF_BOARD,
  blockOf: (_, index) => index,
};

export class JobListText extends ListText<JobView> {
  constructor() {
    super(
      jobs,
      (engine) => engine.durableJobs(),
      (engine) => [...engine.jobs()],
    );
  }
}

export class MachineListText extends ListText<MachineView> {
  constructor() {
    super(
      machines,
      (engine) => engine.durableMachines(),
      (engine) => engine.machines(),
    );
  }
}
