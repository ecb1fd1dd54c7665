/**
 * A client that owns jobs. Like the real ones it waits for notifications and for nothing else: it
 * asks how a job is doing when it begins to watch it and whenever it is told that it changed.
 */
import { JobState } from "../../../src/engine/contract/api.js";
import { isObject, type Json } from "../../../src/protocol/requests/json.js";
import type { SimulatedConnection } from "../connection.js";
import type { CreateArguments } from "../requests.js";
import type { World } from "../world.js";

/** What the owner believes of a job; null until it was answered for the first time. */
export type Belief = { readonly state: number; readonly power: boolean | null } | null;

export class Owner {
  connection: SimulatedConnection | null = null;
  /** Jobs that have not ended, as far as the owner knows. */
  readonly jobs = new Map<number, Belief>();
  /** Of these, the ones it watches on this connection. */
  readonly watched = new Set<number>();
  /** The ones it keeps alive on this connection without having watched them. */
  readonly keptAlive = new Set<number>();
  /** Those of which it was notified on this connection. */
  readonly notified = new Set<number>();

  constructor(
    private readonly world: World,
    readonly name: string,
    private readonly host: string,
  ) {}

  /** Connects, and takes up what it left behind; or keeps it alive, and does not watch it again. */
  connect(watchesAgain: boolean): void {
    const connection = this.world.server.connect(this.host);
    this.connection = connection;
    connection.onJobChanged = (jobId) => {
      this.notified.add(jobId);
      if (this.jobs.has(jobId)) this.look(jobId);
    };
    for (const jobId of this.jobs.keys()) {
      if (watchesAgain) this.watch(jobId);
      else {
        this.keptAlive.add(jobId);
        this.send("job_keepalive", jobId);
      }
    }
  }

  /** Goes away without a word; its jobs stay behind. */
  vanish(): void {
    if (this.connection) this.world.server.disconnect(this.connection);
    this.disconnected();
  }

  disconnected(): void {
    this.connection = null;
    this.watched.clear();
    this.keptAlive.clear();
    this.notified.clear();
  }

  /** Forgets its jobs: nobody touches them any more. */
  forget(): void {
    this.jobs.clear();
    this.watched.clear();
  }

  create({ args, kwargs }: CreateArguments): void {
    this.connection?.ask({
      command: "create_job",
      args,
      kwargs,
      returned: (id) => {
        this.jobs.set(Number(id), null);
        this.watch(Number(id));
      },
    });
  }

  watch(jobId: number): void {
    this.connection?.ask({ command: "notify_job", args: [jobId] });
    this.watched.add(jobId);
    this.look(jobId);
  }

  unwatch(jobId: number): void {
    this.connection?.ask({ command: "no_notify_job", args: [jobId] });
    this.watched.delete(jobId);
  }

  /** Sends a command about a job whose answer it does not look at. */
  send(command: string, jobId: number): void {
    this.connection?.ask({ command, args: [jobId] });
  }

  destroy(jobId: number): void {
    this.connection?.ask({ command: "destroy_job", args: [jobId, `${this.name} is done`] });
  }

  private look(jobId: number): void {
    this.connection?.ask({
      command: "get_job_state",
      args: [jobId],
      returned: (answer) => this.learn(jobId, answer),
    });
  }

  private learn(jobId: number, answer: Json): void {
    if (!isObject(answer)) throw new Error("get_job_state answered no object");
    const state = Number(answer["state"]);
    if (state === JobState.destroyed || state === JobState.unknown) {
      this.jobs.delete(jobId);
      this.watched.delete(jobId);
    } else if (this.jobs.has(jobId)) {
      this.jobs.set(jobId, { state, power: answer["power"] === null ? null : !!answer["power"] });
    }
  }
}
