/**
 * An engine in memory for tests of the protocol: it keeps jobs, hands out the first free boards of
 * its machines in order, and commits when it is told to (or by itself, shortly after each step).
 */

import type { Allocation } from "../../src/domain/allocation.js";
import { boardsOf, holdsBoard, originOf } from "../../src/domain/allocation.js";
import { type BoardCoordinate, boardIndex } from "../../src/domain/board.js";
import { boardOfChip, ethernetChip } from "../../src/domain/chips.js";
import { HostCounts } from "../../src/domain/host-counts.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import type { ClientActor } from "../../src/engine/contract/actors.js";
import type {
  CommitMark,
  EndedJobView,
  EngineApi,
  JobHoldings,
  JobView,
  MachineView,
  NewJob,
  Whereabouts,
  WhereIsQuery,
} from "../../src/engine/contract/api.js";
import { JobState } from "../../src/engine/contract/api.js";
import type { EndReason } from "../../src/engine/contract/end-reasons.js";
import type { EngineEvent, EventSubscriber } from "../../src/engine/contract/events.js";
import { textBytesOf } from "../../src/engine/contract/job-text.js";

export interface Touch {
  readonly jobId: number;
  readonly host: string;
}

export class FakeEngine implements EngineApi {
  /** Whether steps are committed without being told. */
  commitsAlone = true;
  /** Whether create_job is over at once; else when {@link finishAttempts} is called. */
  attemptsAlone = true;
  readonly touches: Touch[] = [];
  private readonly live = new Map<number, JobView>();
  private readonly ended = new Map<number, EndedJobView>();
  private readonly views: MachineView[];
  private attempts: (() => void)[] = [];
  private onDisk: readonly JobView[] = [];
  private nextJobId = 1;
  private committed: CommitMark = 0;
  private durable: CommitMark = 0;
  private jobsChanged = new Set<number>();
  private machinesChanged = new Set<string>();
  private waiting: { readonly mark: CommitMark; readonly callback: () => void }[] = [];
  private readonly subscribers = new Set<EventSubscriber>();

  constructor(machines: readonly MachineDescription[]) {
    this.views = machines.map(viewOf);
  }

  /** Why no jobs are to be created; null when they may be. */
  refused: string | null = null;

  refusal(): string | null {
    return this.refused;
  }

  /** How many jobs each host created, and the bytes of their texts. */
  private readonly jobCounts = new HostCounts();
  private readonly byteCounts = new HostCounts();
  private readonly held = new Map<number, { creatorHost: string; textBytes: number }>();

  jobHoldings(host: string): JobHoldings {
    return {
      jobsOfHost: this.jobCounts.of(host),
      totalJobs: this.jobCounts.total,
      bytesOfHost: this.byteCounts.of(host),
      totalBytes: this.byteCounts.total,
    };
  }

  private count(
    { creatorHost, textBytes }: { creatorHost: string; textBytes: number },
    by: 1 | -1,
  ) {
    this.jobCounts.add(creatorHost, by);
    this.byteCounts.add(creatorHost, by * textBytes);
  }

  createJob(
    job: NewJob,
    { host }: ClientActor,
    done: (jobId: number, mark: CommitMark) => void,
  ): void {
    const attempt = () => {
      const jobId = this.nextJobId++;
      const held = { creatorHost: host, textBytes: textBytesOf(job) };
      this.held.set(jobId, held);
      this.count(held, 1);
      const placed = this.place(job);
      if (placed === "impossible") {
        this.end(jobId, { code: "noSuitableMachine" }, true);
      } else {
        this.show({
          jobId,
          owner: job.owner,
          startTimeS: 1_700_000_000.5,
          keepaliveS: job.keepaliveS,
          host,
          state: placed ? JobState.power : JobState.queued,
          power: placed ? true : null,
          argsJson: job.argsJson,
          kwargsJson: job.kwargsJson,
          placed,
          mark: 0,
        });
        if (placed) this.machinesChanged.add(placed.machine.description.name);
      }
      done(jobId, this.step());
    };
    if (this.attemptsAlone) setImmediate(attempt);
    else this.attempts.push(attempt);
  }

  /** How many create_jobs wait for {@link finishAttempts}. */
  get attemptsUnderWay(): number {
    return this.attempts.length;
  }

  finishAttempts(): void {
    const attempts = this.attempts;
    this.attempts = [];
    for (const attempt of attempts) attempt();
  }

  /** The boards of a job have done as they were told. */
  makeReady(jobId: number): void {
    const job = this.live.get(jobId);
    if (!job?.placed) throw new Error(`job ${jobId} has no boards`);
    this.show({ ...job, state: JobState.ready });
    this.step();
  }

  touch(jobId: number, { host }: ClientActor): void {
    this.touches.push({ jobId, host });
    const job = this.live.get(jobId);
    if (job) this.live.set(jobId, { ...job, host });
  }

  job(jobId: number): JobView | EndedJobView | undefined {
    return this.live.get(jobId) ?? this.ended.get(jobId);
  }

  jobs(): Iterable<JobView> {
    return this.live.values();
  }

  durableJobs(): readonly JobView[] {
    return this.onDisk;
  }

  power(jobId: number, on: boolean): void {
    const job = this.live.get(jobId);
    if (!job?.placed) return;
    this.show({ ...job, state: JobState.power, power: on });
    this.step();
  }

  whyWaiting(): null {
    return null;
  }

  destroy(jobId: number, text: string | null): void {
    const job = this.live.get(jobId);
    if (!job) return;
    if (job.placed) this.machinesChanged.add(job.placed.machine.description.name);
    this.end(jobId, { code: "destroyed", text }, job.placed === null);
    this.step();
  }

  /** Ids of the jobs whose creators were told, in order. */
  readonly creatorsTold: number[] = [];

  creatorTold(jobId: number): void {
    this.creatorsTold.push(jobId);
  }

  abandon(jobId: number): void {
    const job = this.live.get(jobId);
    if (!job) return;
    this.end(jobId, { code: "creatorGone" }, job.placed === null);
    this.step();
  }

  /** The first id that was not given before the server started. */
  firstNewJobId = 1;

  isFromBefore(jobId: number): boolean {
    return jobId < this.firstNewJobId;
  }

  machines(): readonly MachineView[] {
    return this.views;
  }

  durableMachines(): readonly MachineView[] {
    return this.views;
  }

  machine(name: string): MachineView | undefined {
    return this.views.find((view) => view.description.name === name);
  }

  whereIs(query: WhereIsQuery): Whereabouts | null {
    const job = query.by === "jobChip" ? this.live.get(query.jobId) : undefined;
    const view = query.by === "jobChip" ? job?.placed?.machine : this.machine(query.machine);
    if (view === undefined) return null;
    const { description } = view;
    const chip = chipOf(query, view, job?.placed?.allocation);
    if (chip === null) return null;
    const { board, boardChip } = boardOfChip(chip, description);
    const position = view.positionOf(board);
    if (position === null) return null;
    const owner = [...this.live.values()].find(
      ({ placed }) => placed?.machine === view && holdsBoard(placed.allocation, board, description),
    );
    if (query.by === "jobChip" && owner?.jobId !== query.jobId) return null;
    const origin = owner?.placed ? ethernetChip(originOf(owner.placed.allocation)) : null;
    return {
      machine: description.name,
      board,
      position,
      chip,
      boardChip,
      jobId: owner?.jobId ?? null,
      jobChip: origin && [chip[0] - origin[0], chip[1] - origin[1]],
    };
  }

  currentMark(): CommitMark {
    return this.committed;
  }

  durableMark(): CommitMark {
    return this.durable;
  }

  whenDurable(mark: CommitMark, callback: () => void): void {
    if (mark <= this.durable) callback();
    else this.waiting.push({ mark, callback });
  }

  subscribe(subscriber: EventSubscriber): () => void {
    this.subscribers.add(subscriber);
    return () => this.subscribers.delete(subscriber);
  }

  /** Makes everything done so far durable, and says so. */
  commit(): void {
    this.durable = this.committed;
    this.onDisk = [...this.live.values()];
    const events = [...this.jobsChanged].map(jobEvent);
    const machineEvents = [...this.machinesChanged].map(machineEvent);
    this.jobsChanged = new Set();
    this.machinesChanged = new Set();
    const waiting = this.waiting.filter(({ mark }) => mark <= this.durable);
    this.waiting = this.waiting.filter(({ mark }) => mark > this.durable);
    for (const { callback } of waiting) callback();
    this.tell([...events, ...machineEvents]);
  }

  /** Tells subscribers of that, whatever happened. */
  tell(events: readonly EngineEvent[]): void {
    if (events.length > 0) for (const subscriber of this.subscribers) subscriber(events);
  }

  private step(): CommitMark {
    this.committed += 1;
    if (this.commitsAlone) setImmediate(() => this.commit());
    return this.committed;
  }

  private show(view: JobView): void {
    this.live.set(view.jobId, { ...view, mark: this.committed + 1 });
    this.jobsChanged.add(view.jobId);
  }

  private end(jobId: number, reason: EndReason, wasQueued: boolean): void {
    this.live.delete(jobId);
    this.count(this.held.get(jobId)!, -1);
    const facts = { owner: null, host: null, startTimeS: null, endedAtMs: null };
    const rest = { ...facts, actor: null, boards: null, order: 0, mark: this.committed + 1 };
    this.ended.set(jobId, { jobId, reason, wasQueued, ...rest });
    this.jobsChanged.add(jobId);
  }

  /** Null when it has to wait. */
  private place({ request, machine }: NewJob): JobView["placed"] | "impossible" {
    const view = machine === null ? this.views[0] : this.machine(machine);
    if (view === undefined) return "impossible";
    const { size } = request;
    const { width, height } = view.description;
    const triads =
      size.kind === "triads"
        ? size
        : { width: Math.ceil(size.kind === "boards" ? size.boards / 3 : 1), height: 1 };
    const isSingle = size.kind === "board" || (size.kind === "boards" && size.boards === 1);
    if (triads.width < 1 || triads.width > width) return "impossible";
    if (triads.height < 1 || triads.height > height) return "impossible";
    for (let x = 0; x < width; x++) {
      for (let y = 0; y < height; y++) {
        for (const z of isSingle ? ([0, 1, 2] as const) : [null]) {
          const at: Allocation = isSingle
            ? { x, y, width: 1, height: 1, board: z, missing: [] }
            : { x, y, width: triads.width, height: triads.height, board: null, missing: [] };
          if (this.isFree(view, at)) return { machine: view, allocation: at };
        }
      }
    }
    return null;
  }

  private isFree(view: MachineView, allocation: Allocation): boolean {
    return boardsOf(allocation, view.description).every((board) =>
      [...this.live.values()].every(
        ({ placed }) =>
          placed?.machine !== view || !holdsBoard(placed.allocation, board, view.description),
      ),
    );
  }
}

/** That a job changed, in whatever way. */
export function jobEvent(jobId: number): EngineEvent {
  const job = { jobId, owner: "me", host: null, startTimeS: 0 };
  return { kind: "jobReady", atMs: 0, job, power: true };
}

function machineEvent(machine: string): EngineEvent {
  return { kind: "machineChanged", atMs: 0, machine, machineId: 1 };
}

function chipOf(query: WhereIsQuery, view: MachineView, allocation: Allocation | undefined) {
  if (query.by === "chip") return query.chip;
  if (query.by === "jobChip") {
    if (allocation === undefined) return null;
    const [ox, oy] = ethernetChip(originOf(allocation));
    return [ox + query.chip[0], oy + query.chip[1]] as const;
  }
  const board = query.by === "board" ? query.board : view.boardAt(query.position);
  return board && view.positionOf(board) ? ethernetChip(board) : null;
}

function viewOf(description: MachineDescription): MachineView {
  const key = (numbers: readonly number[]) => numbers.join();
  const positions = new Map(description.boardLocations.map(([b, p]) => [key(b), p]));
  const boards = new Map(description.boardLocations.map(([b, p]) => [key(p), b]));
  const addresses = new Map(description.spinnakerIps.map(([b, address]) => [key(b), address]));
  return {
    description,
    boardsOut: description.deadBoards,
    positionOf: (board) => positions.get(key(board)) ?? null,
    boardAt: (position) => boards.get(key(position)) ?? null,
    addressOf: (board) => addresses.get(key(board)),
  };
}

/** A machine without faults, all boards of which sit in one frame after another. */
export function plainMachine(name: string, width: number, height: number): MachineDescription {
  const boards: BoardCoordinate[] = [];
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) for (const z of [0, 1, 2]) boards.push([x, y, z]);
  }
  const indexOf = (board: BoardCoordinate) => boardIndex(board, { width, height });
  return {
    name,
    tags: ["default"],
    width,
    height,
    deadBoards: [],
    deadLinks: [],
    boardLocations: boards.map((board) => {
      const index = indexOf(board);
      return [board, [0, Math.floor(index / 24), index % 24]] as const;
    }),
    bmpIps: [],
    spinnakerIps: boards.map((board) => [board, `10.0.0.${indexOf(board)}`] as const),
  };
}
