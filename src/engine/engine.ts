/**
 * The engine: every decision about jobs, boards and machines, without sockets, disk, threads or a
 * clock of its own. Each call is one step; what a turn's steps change is committed together.
 */

import type { ConfigurationDescription } from "../config/description.js";
import { powerOffUnknownBoards } from "./boards/cooldown.js";
import { operatorApi } from "./boards/operator.js";
import { finishOrder } from "./boards/orders.js";
import { tellBoardsOut } from "./boards/quarantine.js";
import { planMaintenance } from "./boards/self-tests.js";
import { type Actor, hostOf, OPERATOR, SERVER } from "./contract/actors.js";
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
} from "./contract/api.js";
import type { EventSubscriber, WaitReason } from "./contract/events.js";
import type { Log } from "./contract/log.js";
import type { GraceApi, OperatorApi } from "./contract/operator-api.js";
import type {
  BmpObservation,
  BmpPort,
  Clock,
  PowerAction,
  PowerOutcome,
  SearchPort,
  StorePort,
} from "./contract/ports.js";
import type { SavedState } from "./contract/records.js";
import type { ReloadPlan } from "./contract/reload-plan.js";
import { observeBmp } from "./inputs/bmp-observations.js";
import { type ColdStart, replaceRecords } from "./inputs/cold-start.js";
import { recover, withFpgaIds } from "./inputs/recovery.js";
import { adoptSettings, applyReload } from "./inputs/reload.js";
import { planReload } from "./inputs/reload-plan.js";
import { abandonJob, createJob, creatorTold } from "./jobs/creation.js";
import { endJob } from "./jobs/ending.js";
import { graceApi, startKeepaliveChecks } from "./jobs/keepalive.js";
import { offerJobs } from "./jobs/placement.js";
import { commandPower } from "./jobs/power.js";
import { waitReasons } from "./jobs/waiting.js";
import { type Admission, admitAll } from "./queue/admission.js";
import { DurableViews } from "./state/durable-views.js";
import type { EngineState } from "./state/engine-state.js";
import { initialState } from "./state/initial-state.js";
import { Journal } from "./state/journal.js";
import type { LiveMachine } from "./state/live-job.js";
import { whereIs } from "./state/lookup.js";
import { UNITS_PER_SLICE } from "./state/slices.js";

/** When nothing was saved for this long, the server takes no more jobs until it can save again. */
const UNSAVED_MS = 3_000;
const CANNOT_SAVE =
  "the server cannot save its state at present, its disk may be full: it takes no new jobs until it can";

const STATE_FULL =
  "the server has as many jobs as it can keep: it takes no new ones until others have ended";

/** An order that is under way: the job, if any, for which boards of a machine are to be switched. */
export interface PendingOrder {
  readonly jobId: number | null;
  readonly machine: string;
  readonly action: PowerAction;
}

export interface EngineOptions {
  readonly clock: Clock;
  readonly store: StorePort;
  readonly search: SearchPort;
  readonly bmp: BmpPort;
  readonly log: Log;
  /** Which waiting jobs may start. Default: all. */
  readonly admission?: Admission;
  /** Units of work in a slice of long work (state/slices.ts). Default: some 5 ms. */
  readonly unitsPerSlice?: number;
}

export interface StartOptions {
  readonly cold?: ColdStart | null;
  readonly areNewBoardsUnknown?: boolean;
}

export class Engine implements EngineApi {
  private readonly state: EngineState;
  private readonly journal: Journal;
  private readonly store: StorePort;
  /** What an operator may ask, beside what clients may. */
  readonly operator: OperatorApi & GraceApi;
  private readonly durable = new DurableViews();
  private whenIdle: (() => void) | null = null;
  /** The first id that is given by this server and not by one before it. */
  private firstNewJobId = 0;
  private readonly subscribers = new Set<EventSubscriber>();

  constructor({
    store,
    admission = admitAll,
    unitsPerSlice = UNITS_PER_SLICE,
    ...world
  }: EngineOptions) {
    this.store = store;
    this.journal = new Journal({
      clock: world.clock,
      store,
      onDurable: () => this.checkIdle(),
      committing: (changes) => this.durable.committing(changes, this.state.jobs, this.machines()),
      onEvents: (events) => {
        for (const subscriber of this.subscribers) subscriber(events);
      },
      beforeCommit: () => {
        offerJobs(this.state);
        planMaintenance(this.state);
        tellBoardsOut(this.state);
      },
    });
    this.state = initialState({ ...world, admission, unitsPerSlice, journal: this.journal });
    this.operator = { ...operatorApi(this.state, this.durable), ...graceApi(this.state) };
  }

  /**
   * Takes up what was committed when the server last ran, under a configuration that may have
   * changed since. Returns what that changed.
   *
   * @param options.cold what a cold start makes of what was saved; null for any other start
   * @param options.areNewBoardsUnknown the record of a machine was lost: any board of a new one may be on
   * @throws InconsistentStateError when the saved records contradict each other.
   */
  start(
    saved: SavedState,
    configuration: ConfigurationDescription,
    { cold = null, areNewBoardsUnknown = false }: StartOptions = {},
  ): ReloadPlan {
    adoptSettings(this.state, configuration);
    this.state.resuming = true;
    if (cold !== null) replaceRecords(this.journal, saved, cold.kept);
    recover(this.state, withFpgaIds(cold?.kept ?? saved, configuration));
    if (cold !== null) this.journal.putCounters(this.state.counters);
    this.firstNewJobId = saved.counters.nextJobId;
    this.state.resuming = false;
    this.durable.takeUp(this.state.jobs.values(), this.state.quarantine.values());
    const changes = this.reconfigure(configuration, SERVER);
    this.durable.started(this.machines());
    const isNew = ({ machineId }: LiveMachine) => machineId >= saved.counters.nextMachineId;
    const unknown = areNewBoardsUnknown ? this.state.machines.filter(isNew) : [];
    for (const machine of unknown) powerOffUnknownBoards(this.state, machine);
    startKeepaliveChecks(this.state);
    return changes;
  }

  /** What {@link reconfigure} would do now; changes nothing. */
  planReload(configuration: ConfigurationDescription): ReloadPlan {
    return planReload(this.state, configuration, this.state.clock.nowMs());
  }

  /** Applies another configuration while jobs run, and returns what that changed. */
  reconfigure(configuration: ConfigurationDescription, actor = OPERATOR): ReloadPlan {
    const plan = this.planReload(configuration);
    applyReload(this.state, plan, configuration, actor);
    return plan;
  }

  /** Takes in what the BMPs say of an order. */
  powerOutcome(outcome: PowerOutcome): void {
    finishOrder(this.state, outcome);
    this.checkIdle();
  }

  /** Takes in what the BMPs show without being ordered. */
  bmpObservation(observation: BmpObservation): void {
    observeBmp(this.state, observation);
  }

  /**
   * Places and times out no more jobs; `idle` is called when the BMPs have done what they were
   * ordered and everything is durable.
   */
  stop(idle: () => void): void {
    this.state.stopping = true;
    this.whenIdle = idle;
    this.checkIdle();
  }

  /** Whether everything is done, and nothing can be committed any more. */
  private get isStopped(): boolean {
    return this.state.stopping && this.whenIdle === null;
  }

  /** Orders that the BMPs have not answered yet. */
  get ordersUnderWay(): number {
    return this.state.orders.size;
  }

  /** What they are, oldest first. */
  *pendingOrders(): Iterable<PendingOrder> {
    for (const { jobId, machine, action } of this.state.orders.values()) {
      yield { jobId, machine: machine.name, action };
    }
  }

  /** Has the store written nothing more: steps that still come are never durable, and told to nobody. */
  end(): void {
    this.journal.end();
  }

  refusal(): string | null {
    if (this.journal.waitingMs > UNSAVED_MS) return CANNOT_SAVE;
    return this.store.isFull ? STATE_FULL : null;
  }

  jobHoldings(host: string): JobHoldings {
    return this.state.holdings.of(host);
  }

  createJob(job: NewJob, actor: Actor, done: (jobId: number, mark: CommitMark) => void): void {
    createJob(this.state, job, actor, done);
  }

  touch(jobId: number, actor: Actor): void {
    const job = this.state.jobs.get(jobId);
    if (!job || job.firstAttempt) return;
    if (!job.touch(this.state.clock.attendedMs(), hostOf(actor))) return;
    this.journal.jobs.put(jobId, () => job.record());
    const atMs = this.state.clock.nowMs();
    const event = { kind: "jobHostChanged", atMs, job: job.eventJob } as const;
    this.journal.tell(event, `host of job ${jobId}`);
  }

  job(jobId: number): JobView | EndedJobView | undefined {
    const job = this.state.jobs.get(jobId);
    if (job === undefined) return this.state.endedJobs.get(jobId);
    return job.firstAttempt ? undefined : job.view;
  }

  *jobs(): Iterable<JobView> {
    for (const job of this.state.jobs.values()) if (!job.firstAttempt) yield job.view;
  }

  durableJobs(): readonly JobView[] {
    return this.durable.jobs();
  }

  power(jobId: number, on: boolean, actor: Actor): void {
    const job = this.state.jobs.get(jobId);
    if (job) commandPower(this.state, job, on, actor);
  }

  destroy(jobId: number, text: string | null, actor: Actor): void {
    const job = this.state.jobs.get(jobId);
    if (job && !job.firstAttempt) endJob(this.state, job, { code: "destroyed", text }, actor);
  }

  creatorTold(jobId: number): void {
    const job = this.state.jobs.get(jobId);
    if (job) creatorTold(this.state, job);
  }

  abandon(jobId: number): void {
    const job = this.state.jobs.get(jobId);
    if (job && !this.isStopped) abandonJob(this.state, job);
  }

  isFromBefore(jobId: number): boolean {
    return jobId < this.firstNewJobId;
  }

  whyWaiting(jobId: number): readonly WaitReason[] | null {
    const job = this.state.jobs.get(jobId);
    return !job || job.firstAttempt || job.placement ? null : waitReasons(job);
  }

  machines(): readonly MachineView[] {
    return this.state.machines.map(({ view }) => view);
  }

  durableMachines(): readonly MachineView[] {
    return this.durable.machines();
  }

  machine(name: string): MachineView | undefined {
    return this.state.machines.find((machine) => machine.name === name)?.view;
  }

  whereIs(query: WhereIsQuery): Whereabouts | null {
    return whereIs(this.state, query);
  }

  currentMark(): CommitMark {
    return this.journal.mark;
  }

  durableMark(): CommitMark {
    return this.journal.durableMark;
  }

  whenDurable(mark: CommitMark, callback: () => void): void {
    this.journal.whenDurable(mark, callback);
  }

  subscribe(subscriber: EventSubscriber): () => void {
    this.subscribers.add(subscriber);
    return () => this.subscribers.delete(subscriber);
  }

  private checkIdle(): void {
    if (this.whenIdle === null || this.state.orders.size > 0 || !this.journal.isSettled) return;
    const idle = this.whenIdle;
    this.whenIdle = null;
    idle();
  }
}
