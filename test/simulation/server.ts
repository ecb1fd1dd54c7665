/** The server without sockets: its commands and watches are the real ones. */
import type {
  Changes,
  CommitMark,
  EngineApi,
  EngineListener,
  JobView,
} from "../../src/engine/api.js";
import type { Log } from "../../src/engine/log.js";
import type { Answer } from "../../src/server/answer.js";
import type { Context } from "../../src/server/command.js";
import { JobListText } from "../../src/server/lists.js";
import { Watches } from "../../src/server/watches.js";
import { type Request, SimulatedConnection } from "./connection.js";

/** Who looks on as clients are served. */
export interface ServerWitness {
  /** A request is about to be carried out. */
  asked(request: Request): void;
  /** The engine gave the answer; returns the commit it depends on. */
  answered(request: Request, answer: Answer): CommitMark;
  /** The answer goes to the client. */
  sent(request: Request, answer: Answer, needs: CommitMark): void;
  /** Watchers are told. */
  told(changes: Changes): void;
}

export class SimulatedServer implements EngineListener {
  readonly context: Context;
  private readonly connections = new Set<SimulatedConnection>();

  constructor(
    engine: EngineApi,
    readonly witness: ServerWitness,
    readonly log: Log,
  ) {
    this.context = {
      engine,
      jobList: new JobListText(),
      jobWatches: new Watches<number>(),
      machineWatches: new Watches<string>(),
    };
  }

  connect(host: string): SimulatedConnection {
    const connection = new SimulatedConnection(this, host);
    this.connections.add(connection);
    return connection;
  }

  disconnect(connection: SimulatedConnection): void {
    connection.close();
    this.connections.delete(connection);
    this.context.jobWatches.stop(connection);
    this.context.machineWatches.stop(connection);
  }

  durable(mark: CommitMark): void {
    for (const connection of this.connections) connection.durable(mark);
  }

  changed(changes: Changes): void {
    const { engine, jobWatches, machineWatches } = this.context;
    this.witness.told(changes);
    jobWatches.forEachWatcher(changes.jobs, (watcher, jobIds) => watcher.jobsChanged(jobIds));
    machineWatches.forEachWatcher(changes.machines, (watcher, names) =>
      watcher.machinesChanged(names),
    );
    const durable = engine.durableMark();
    for (const jobId of changes.jobs) {
      const job = engine.job(jobId);
      if (job === undefined || (!isLive(job) && job.mark <= durable)) jobWatches.retire(jobId);
    }
  }

  /** The server is gone. */
  close(): void {
    for (const connection of this.connections) connection.close();
    this.connections.clear();
  }
}

export function isLive(job: ReturnType<EngineApi["job"]>): job is JobView {
  return job !== undefined && "state" in job;
}
