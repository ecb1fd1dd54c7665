/** An honest client: answers in the order of its requests, notifications kept aside. */
import { TestClient } from "../protocol/client.js";

export interface JobAnswer {
  readonly state: number;
  readonly power: boolean | null;
  readonly keepalive: number | null;
  readonly reason: string | null;
  readonly start_time: number | null;
  readonly keepalivehost: string | null;
}

export interface MachineInfo {
  readonly width: number;
  readonly height: number;
  readonly connections: readonly (readonly [readonly [number, number], string])[];
  readonly machine_name: string;
  readonly boards: readonly (readonly [number, number, number])[];
}

export const QUEUED = 1;
export const POWER = 2;
export const READY = 3;
export const DESTROYED = 4;

export class Client {
  readonly notifications: Record<string, unknown>[] = [];
  /** The answer to the last request. */
  private reading: Promise<Record<string, unknown>> = Promise.resolve({});

  private constructor(private readonly socket: TestClient) {}

  static async open(port: number): Promise<Client> {
    return new Client(await TestClient.open(port));
  }

  /** Calls a command and returns its value. @throws Error with the text of an exception. */
  async call<T = unknown>(
    command: string,
    args: readonly unknown[] = [],
    kwargs: object = {},
  ): Promise<T> {
    this.socket.request(command, args, kwargs);
    // Answers come in the order of their requests, however many are under way.
    this.reading = this.reading.then(() => this.answer());
    const answer = await this.reading;
    if ("exception" in answer) throw new Error(String(answer["exception"]));
    return answer["return"] as T;
  }

  /** The next line that is no notification. */
  private async answer(): Promise<Record<string, unknown>> {
    for (;;) {
      const line = await this.socket.next();
      if ("return" in line || "exception" in line) return line;
      this.notifications.push(line);
    }
  }

  /** Does what `calls` does with all its requests in one packet, so that one turn answers them. */
  inOneWrite<T>(calls: () => T): T {
    this.socket.socket.cork();
    try {
      return calls();
    } finally {
      this.socket.socket.uncork();
    }
  }

  create(args: readonly unknown[], kwargs: object = {}): Promise<number> {
    return this.call<number>("create_job", args, { owner: "tester", keepalive: null, ...kwargs });
  }

  state(jobId: number): Promise<JobAnswer> {
    return this.call<JobAnswer>("get_job_state", [jobId]);
  }

  info(jobId: number): Promise<MachineInfo> {
    return this.call<MachineInfo>("get_job_machine_info", [jobId]);
  }

  /** Waits, by notifications, until the job is in that state; returns its answer. */
  async reaches(jobId: number, state: number): Promise<JobAnswer> {
    await this.call("notify_job", [jobId]);
    for (;;) {
      const answer = await this.state(jobId);
      if (answer.state === state) return answer;
      if (answer.state === DESTROYED) throw new Error(`job ${jobId} ended: ${answer.reason}`);
      if (this.notifications.splice(0).length === 0) await this.socket.next();
    }
  }

  untilClosed(): Promise<void> {
    return this.socket.untilClosed();
  }

  close(): void {
    this.socket.close();
  }
}
