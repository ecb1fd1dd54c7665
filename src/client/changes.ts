/** What notifications tell, collected for somebody who waits for it. */

export interface Changed {
  readonly jobs: ReadonlySet<number>;
  readonly machines: ReadonlySet<string>;
}

interface Waiting {
  readonly promise: Promise<Changed>;
  readonly resolve: (changed: Changed) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Changes of watched jobs and machines since it was made, merged: it holds each job and each machine
 * once, however long nobody asks. Made by `Client.changes`.
 */
export class Changes {
  private jobs = new Set<number>();
  private machines = new Set<string>();
  private waiting: Waiting | null = null;
  private end: Error | null = null;

  constructor(private readonly onStop: (changes: Changes) => void) {}

  /**
   * What has changed since the last call; waits while nothing has. Calls that wait share one answer.
   * @throws NoServerError when the connection is over
   */
  next(): Promise<Changed> {
    if (this.jobs.size + this.machines.size > 0) return Promise.resolve(this.take());
    if (this.end !== null) return Promise.reject(this.end);
    this.waiting ??= waiting();
    return this.waiting.promise;
  }

  /** Collects no more. */
  stop(): void {
    this.onStop(this);
  }

  /** For the client: takes in what a notification tells. */
  add(jobs: readonly number[], machines: readonly string[]): void {
    for (const id of jobs) this.jobs.add(id);
    for (const name of machines) this.machines.add(name);
    this.waiting?.resolve(this.take());
    this.waiting = null;
  }

  /** For the client: there will be no more. */
  fail(error: Error): void {
    this.end = error;
    this.waiting?.reject(error);
    this.waiting = null;
  }

  private take(): Changed {
    const { jobs, machines } = this;
    this.jobs = new Set();
    this.machines = new Set();
    return { jobs, machines };
  }
}

function waiting(): Waiting {
  let resolve!: Waiting["resolve"];
  let reject!: Waiting["reject"];
  const promise = new Promise<Changed>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
