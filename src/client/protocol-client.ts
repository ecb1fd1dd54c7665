/** A client of the server: requests in order, answers by promise, notifications by callback. */
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** What the server said of a request that failed. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** There is no server, or there is none any more. */
export class NoServerError extends Error {
  override readonly name = "NoServerError";
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ProtocolClient {
  private readonly waiting: Waiting[] = [];
  /** Waiters for the next notification, which may be of any kind. */
  private watchers: Waiting[] = [];
  private notified = false;

  private constructor(
    private readonly socket: Socket,
    where: string,
  ) {
    socket.setNoDelay(true);
    createInterface({ input: socket }).on("line", (line) => this.read(line));
    socket.on("error", ({ message }) => this.fail(`the connection to ${where} broke: ${message}`));
    socket.on("close", () => this.fail(`the server at ${where} closed the connection`));
  }

  /** @throws NoServerError when nobody listens there. */
  static open(host: string, port: number): Promise<ProtocolClient> {
    const where = `${host}, port ${port}`;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port });
      const refused = (error: Error & { code?: string }) =>
        reject(new NoServerError(`no server answers at ${where} (${error.code ?? error.message})`));
      socket.once("error", refused);
      socket.once("connect", () => {
        socket.off("error", refused);
        resolve(new ProtocolClient(socket, where));
      });
    });
  }

  /** @throws RefusedError when the server answers with an exception. */
  call(command: string, args: readonly unknown[] = [], kwargs: object = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.socket.write(`${JSON.stringify({ command, args, kwargs })}\n`);
    });
  }

  /** Resolves at once when a notification came since the last call, else with the next one. */
  notification(): Promise<unknown> {
    if (this.notified) {
      this.notified = false;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => this.watchers.push({ resolve, reject }));
  }

  close(): void {
    this.socket.destroy();
  }

  private read(line: string): void {
    const message = JSON.parse(line) as { return?: unknown; exception?: string };
    if ("return" in message) this.waiting.shift()?.resolve(message.return);
    else if (message.exception !== undefined) {
      this.waiting.shift()?.reject(new RefusedError(message.exception));
    } else this.notify();
  }

  private notify(): void {
    const { watchers } = this;
    this.watchers = [];
    this.notified = watchers.length === 0;
    for (const { resolve } of watchers) resolve(undefined);
  }

  private fail(reason: string): void {
    for (const { reject } of [...this.waiting, ...this.watchers]) reject(new NoServerError(reason));
    this.waiting.length = 0;
    this.watchers = [];
  }
}
