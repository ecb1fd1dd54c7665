/** The server without sockets: its commands and watches are the real ones. */

import type { EngineApi, JobView } from "../../src/engine/contract/api.js";
import type { Log } from "../../src/engine/contract/log.js";
import { type Changes, changesIn } from "../../src/protocol/changes.js";
import { contextOf, forget } from "../../src/protocol/context.js";
import type { Context } from "../../src/protocol/requests/command.js";
import { SimulatedConnection } from "./connection.js";
import type { ServerWitness } from "./witness.js";

export class SimulatedServer {
  readonly context: Context;
  private readonly connections = new Set<SimulatedConnection>();

  constructor(
    engine: EngineApi,
    readonly witness: ServerWitness,
    readonly log: Log,
  ) {
    this.context = contextOf(engine);
    engine.subscribe((events) => {
      const changes = changesIn(events);
      if (changes !== null) this.notify(changes);
    });
  }

  connect(host: string): SimulatedConnection {
    const connection = new SimulatedConnection(this, { kind: "client", host });
    this.connections.add(connection);
    return connection;
  }

  disconnect(connection: SimulatedConnection): void {
    connection.close();
    this.connections.delete(connection);
    forget(this.context, connection);
  }

  private notify(changes: Changes): void {
    const { engine, jobWatches, machineWatches } = this.context;
    this.witness.told(changes);
    jobWatches.forEachWatcher(changes.jobs, (watcher, jobIds) => watcher.jobsChanged(jobIds));
    machineWatches.forEachWatcher(changes.machines, (watcher, names) =>
      watcher.machinesChanged(names),
    );
    const durable = engine.durableMark();
    for (const jobId of changes.jobs) {
      const job = engine.job(jobId);
      if (job === undefined || (!isLive(job) && job.mark <= durable)) jobWatches.forget(jobId);
    }
  }

  /** The server is gone. */
  close(): void {
    for (const connection of this.connections) connection.die();
    this.connections.clear();
  }
}

export function isLive(job: ReturnType<EngineApi["job"]>): job is JobView {
  return job !== undefined && "state" in job;
}
