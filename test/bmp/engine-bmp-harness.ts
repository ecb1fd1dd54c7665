/** An engine on real time and the BMP service on real UDP against simulated BMPs, in one process. */

import type { BmpServiceOptions } from "../../src/bmp/service.js";
import { BmpService } from "../../src/bmp/service.js";
import type { ConfigurationDescription } from "../../src/config/description.js";
import { boardsOf } from "../../src/domain/allocation.js";
import { boardIndex } from "../../src/domain/board.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import { JobState } from "../../src/engine/contract/api.js";
import type { QuarantineRecord } from "../../src/engine/contract/records.js";
import { Engine } from "../../src/engine/engine.js";
import { systemClock } from "../../src/host/clock.js";
import { placeBatch } from "../../src/placement/batch.js";
import { endReasonText } from "../../src/protocol/answers/end-reason-text.js";
import { type Simulator, startSimulator } from "../../src/simulator/index.js";
import { SimulatedStore } from "../simulation/store.js";
import { CLIENT } from "../support/actors.js";
import {
  configurationOf,
  ended,
  QUICK_EXCHANGE,
  QUICK_ORDERS,
  RecordingLog,
  TEST_PORT,
} from "./fixtures.js";

/** Longer than any test runs. */
const NEVER_MS = 600_000;

export interface EngineBmpOptions {
  readonly configuration?: Partial<ConfigurationDescription>;
  readonly service?: BmpServiceOptions;
  readonly powerOnMs?: number;
  readonly seed?: number;
}

export class EngineBmpHarness {
  readonly log = new RecordingLog();
  engine!: Engine;
  service!: BmpService;
  private readonly dead = new Set<Engine>();
  private watchers: (() => void)[] = [];

  static async start(
    machine: MachineDescription,
    options: EngineBmpOptions = {},
  ): Promise<EngineBmpHarness> {
    const configuration: ConfigurationDescription = {
      ...configurationOf([machine]),
      secondsBeforeFree: 0,
      secondsToSettle: 0.002,
      secondsBeforeRetry: 0.02,
      secondsToPowerOn: 0.4,
      // Short, but much longer than a loopback exchange takes even on a busy machine.
      secondsToReply: 0.5,
      secondsBetweenHealthChecks: 0,
      ...options.configuration,
    };
    const simulator = await startSimulator(configuration, {
      port: TEST_PORT,
      powerOnMs: options.powerOnMs ?? 0,
      seed: options.seed ?? 1,
    });
    const world = new EngineBmpHarness(machine, configuration, simulator);
    world.startServer(options.service);
    return world;
  }

  private constructor(
    readonly machine: MachineDescription,
    readonly configuration: ConfigurationDescription,
    readonly simulator: Simulator,
    readonly store = new SimulatedStore(),
  ) {}

  /** Kills the server: nothing that it waited for reaches it. */
  kill(): void {
    this.dead.add(this.engine);
    this.service.close();
    // What waits for the pause died with it.
    this.service.setTimes({ ...QUICK_ORDERS, pauseMs: NEVER_MS });
  }

  /** A server on what is stored. */
  startServer(service: BmpServiceOptions = {}, { areNewBoardsUnknown = false } = {}): void {
    const unlessDead = (callback: () => void) => () => {
      if (!this.dead.has(engine)) callback();
    };
    const options = {
      bmpPort: TEST_PORT,
      exchangeTimes: { ...QUICK_EXCHANGE, silentPingMs: 50 },
      ...service,
    };
    this.service = new BmpService(options, this.log, {
      onOutcome: (outcome) => setImmediate(unlessDead(() => engine.powerOutcome(outcome))),
      onObservation: (observation) =>
        setImmediate(unlessDead(() => engine.bmpObservation(observation))),
    });
    const { store } = this;
    const engine: Engine = new Engine({
      clock: {
        ...systemClock,
        after: (delayMs, callback) => systemClock.after(delayMs, unlessDead(callback)),
        endOfTurn: (callback) => systemClock.endOfTurn(unlessDead(callback)),
      },
      store: {
        isFull: false,
        commit: (changes, done) => {
          store.commit(changes, done);
          setImmediate(() => {
            store.commitOne();
            this.wake();
          });
        },
      },
      search: { search: (batch, done) => setImmediate(() => done(placeBatch(batch))) },
      bmp: this.service,
      log: this.log,
    });
    this.engine = engine;
    engine.start(store.load(), this.configuration, { areNewBoardsUnknown });
  }

  create(boards: number): Promise<number> {
    return new Promise((resolve) => {
      this.engine.createJob(
        {
          owner: "someone",
          keepaliveS: null,
          request: {
            size: { kind: "boards", boards },
            minRatio: 0,
            maxDeadBoards: 0,
            maxDeadLinks: null,
            requireTorus: false,
          },
          machine: null,
          tags: null,
          argsJson: "[]",
          kwargsJson: "{}",
        },
        CLIENT,
        resolve,
      );
    });
  }

  /** Waits until the condition holds; it is checked whenever something is committed. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.watchers.push(resolve));
  }

  async ready(jobId: number): Promise<void> {
    await this.until(() => this.fate(jobId) === "ready" || /^destroyed/.test(this.fate(jobId)));
    if (this.fate(jobId) !== "ready") throw new Error(this.fate(jobId));
  }

  /** Waits until the BMPs have nothing to do. */
  async settle(): Promise<void> {
    await this.until(() => this.engine.ordersUnderWay === 0);
  }

  fate(jobId: number): string {
    const job = this.engine.job(jobId);
    if (job === undefined) return "unknown";
    if (!("state" in job)) return `destroyed: ${endReasonText(job)}`;
    return Object.entries(JobState).find(([, state]) => state === job.state)![0];
  }

  /** Indices of the boards of a job. */
  boardsOf(jobId: number): number[] {
    const job = this.engine.job(jobId);
    if (!job || !("state" in job) || !job.placed) return [];
    return boardsOf(job.placed.allocation, this.machine)
      .map((board) => boardIndex(board, this.machine))
      .sort((a, b) => a - b);
  }

  /** Indices of the boards that are on. */
  get powered(): number[] {
    return this.simulator
      .state()
      .bmps.flatMap(({ boards }) => boards)
      .filter(({ powered }) => powered)
      .map(({ x, y, z }) => boardIndex([x, y, z], this.machine))
      .sort((a, b) => a - b);
  }

  get quarantined(): QuarantineRecord[] {
    return this.engine.operator
      .quarantine()
      .filter(({ active }) => active)
      .sort((a, b) => a.board - b.board);
  }

  /** Indices of the boards in quarantine. */
  get quarantinedBoards(): number[] {
    return this.quarantined.map(({ board }) => board);
  }

  async close(): Promise<void> {
    this.dead.add(this.engine);
    await ended(this.service, this.simulator);
    await this.simulator.close();
  }

  private wake(): void {
    for (const wake of this.watchers.splice(0)) wake();
  }
}
