/**
 * The engine: every decision about jobs, boards and machines, without sockets, disk, threads or a
 * clock of its own. Each call is one step; what a turn's steps change is committed together.
 */
import type { ConfigurationDescription } from "../config/description.js";
import type {
  CommitMark,
  EngineApi,
  EngineListener,
  JobView,
  MachineView,
  NewJob,
  RetiredView,
  Whereabouts,
  WhereIsQuery,
} from "./api.js";
import { bmpNews } from "./bmp-news.js";
import { retire } from "./destroying.js";
import { type Facility, nextId, type Settings } from "./facility.js";
import { LiveJob } from "./job.js";
import { Journal } from "./journal.js";
import { startSweeps } from "./keepalive.js";
import type { Log } from "./log.js";
import { whereIs } from "./lookup.js";
import { type OperatorApi, operatorApi } from "./operator.js";
import { orderDone } from "./orders.js";
import { offerJobs } from "./placing.js";
import type { BmpNews, BmpPort, Clock, PowerOutcome, SearchPort, StorePort } from "./ports.js";
import { commandPower } from "./powering.js";
import type { SavedState } from "./records.js";
import { recover } from "./recovery.js";
import { applyConfiguration, settingsOf } from "./reload.js";
import { RetiredJobs } from "./retired.js";
import { planSelfTests } from "./self-tests.js";

const DEFAULT_TAG = "default";

/** When nothing was saved for this long, the server takes no more jobs until it can save again. */
const UNSAVED_MS = 3_000;
const CANNOT_SAVE =
  "the server cannot save its state at present, its disk may be full: it takes no new jobs until it can";

/** Holds until {@link Engine.start}. */
const UNCONFIGURED: Settings = {
  sweepMs: 0,
  restMs: 0,
  maxRetiredJobs: 0,
  queue: { policy: "fifo", maxOvertakenMs: 0 },
  maxPlacements: 1,
  selfTestMs: 0,
  selfTestsToRelease: 1,
};

export interface EngineOptions {
  readonly clock: Clock;
  readonly store: StorePort;
  readonly search: SearchPort;
  readonly bmp: BmpPort;
  readonly log: Log;
  readonly listener: EngineListener;
}

export class Engine implements EngineApi {
  private readonly facility: Facility;
  private readonly journal: Journal;
  /** What an operator may ask, beside what clients may. */
  readonly operator: OperatorApi;
  private whenIdle: (() => void) | null = null;

  constructor({ listener, store, ...world }: EngineOptions) {
    this.journal = new Journal({
      clock: world.clock,
      store,
      listener: {
        durable: (mark) => {
          listener.durable(mark);
          this.checkIdle();
        },
        changed: (changes) => listener.changed(changes),
      },
      beforeCommit: () => {
        offerJobs(this.facility);
        planSelfTests(this.facility);
      },
    });
    this.facility = {
      ...world,
      journal: this.journal,
      settings: UNCONFIGURED,
      counters: { nextJobId: 1, nextMachineId: 1, nextRestId: 1 },
      jobs: new Map(),
      arrivals: [],
      attempting: new Set(),
      retired: new RetiredJobs(this.journal, UNCONFIGURED.maxRetiredJobs),
      machines: [],
      machinesById: new Map(),
      rests: new Map(),
      quarantine: new Map(),
      caring: new Map(),
      uncared: new Set(),
      silentBmps: new Map(),
      orders: new Map(),
      lastOrderId: 0,
      resuming: false,
      stopping: false,
    };
    this.operator = operatorApi(this.facility);
  }

  /**
   * Takes up what was committed when the server last ran, under a configuration that may have
   * changed since.
   *
   * @throws InconsistentStateError when the saved records contradict each other.
   */
  start(saved: SavedState, configuration: ConfigurationDescription): void {
    this.facility.settings = settingsOf(configuration);
    this.facility.retired.setLimit(configuration.maxRetiredJobs);
    this.facility.resuming = true;
    recover(this.facility, saved);
    this.facility.resuming = false;
    applyConfiguration(this.facility, configuration);
    startSweeps(this.facility);
  }

  /** Applies another configuration while jobs run. */
  reconfigure(configuration: ConfigurationDescription): void {
    applyConfiguration(this.facility, configuration);
  }

  /** Takes in what the BMPs say of an order. */
  powerOutcome(outcome: PowerOutcome): void {
    orderDone(this.facility, outcome);
    this.checkIdle();
  }

  /** Takes in what the BMPs show without being ordered. */
  bmpNews(news: BmpNews): void {
    bmpNews(this.facility, news);
  }

  /**
   * Places and times out no more jobs; `idle` is called when the BMPs have done what they were
   * ordered and everything is durable.
   */
  stop(idle: () => void): void {
    this.facility.stopping = true;
    this.whenIdle = idle;
    this.checkIdle();
  }

  /** Orders that the BMPs have not answered yet. */
  get ordersUnderWay(): number {
    return this.facility.orders.size;
  }

  refusal(): string | null {
    return this.journal.waitingMs > UNSAVED_MS ? CANNOT_SAVE : null;
  }

  createJob(job: NewJob, host: string, done: (jobId: number, mark: CommitMark) => void): void {
    const { facility } = this;
    const { owner, keepalive, request, machine, argsJson, kwargsJson } = job;
    const live = new LiveJob(
      {
        jobId: nextId(facility, "nextJobId"),
        owner,
        startTime: facility.clock.now() / 1000,
        keepalive,
        keepaliveHost: host,
        request,
        machine,
        tags: machine === null ? (job.tags ?? [DEFAULT_TAG]) : [],
        argsJson,
        kwargsJson,
        placement: null,
        failedPlacements: 0,
      },
      facility.clock.elapsed(),
    );
    live.firstAttempt = done;
    facility.jobs.set(live.jobId, live);
    facility.arrivals.push(live);
    facility.attempting.add(live);
    this.journal.wake();
  }

  touch(jobId: number, host: string): void {
    const job = this.facility.jobs.get(jobId);
    if (!job || job.firstAttempt || !job.touch(this.facility.clock.elapsed(), host)) return;
    this.journal.jobs.put(jobId, () => job.record());
    this.journal.wake();
  }

  job(jobId: number): JobView | RetiredView | undefined {
    const job = this.facility.jobs.get(jobId);
    if (job === undefined) return this.facility.retired.get(jobId);
    return job.firstAttempt ? undefined : job.view;
  }

  *jobs(): Iterable<JobView> {
    for (const job of this.facility.jobs.values()) if (!job.firstAttempt) yield job.view;
  }

  power(jobId: number, on: boolean): void {
    const job = this.facility.jobs.get(jobId);
    if (job) commandPower(this.facility, job, on);
  }

  destroy(jobId: number, reason: string | null): void {
    const job = this.facility.jobs.get(jobId);
    if (job && !job.firstAttempt) retire(this.facility, job, reason);
  }

  machines(): readonly MachineView[] {
    return this.facility.machines.map(({ view }) => view);
  }

  machine(name: string): MachineView | undefined {
    return this.facility.machines.find((machine) => machine.name === name)?.view;
  }

  whereIs(query: WhereIsQuery): Whereabouts | null {
    return whereIs(this.facility, query);
  }

  currentMark(): CommitMark {
    return this.journal.mark;
  }

  durableMark(): CommitMark {
    return this.journal.durableMark;
  }

  private checkIdle(): void {
    if (this.whenIdle === null || this.facility.orders.size > 0 || !this.journal.isSettled) return;
    const idle = this.whenIdle;
    this.whenIdle = null;
    idle();
  }
}
