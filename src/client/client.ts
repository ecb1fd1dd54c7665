/** A connection to the server that speaks its line protocol. */
import { createConnection, type Socket } from "node:net";
import type { Answers, Command } from "./answers.js";
import { Changes } from "./changes.js";
import { NoServerError, RefusedError } from "./errors.js";
import { LineReader } from "./line-reader.js";

/** Of a line that is no answer, as a message shows it. */
const SHOWN_CHARACTERS = 100;

/** Connects to a server. @throws NoServerError when none answers there */
export function connect(host: string, port: number): Promise<Client> {
  const where = `${host}, port ${port}`;
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, noDelay: true });
    const refused = (error: Error & { code?: string }) =>
      reject(new NoServerError(`no server answers at ${where} (${error.code ?? error.message})`));
    socket.once("error", refused);
    socket.once("connect", () => {
      socket.off("error", refused);
      resolve(new Client(socket, where));
    });
  });
}

interface Call {
  readonly command: Command;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Made by {@link connect}. */
export class Client {
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  /** Calls without an answer yet, in their order, which is that of the answers. */
  private readonly calls: Call[] = [];
  private readonly collectors = new Set<Changes>();
  private unsent = "";
  /** Why the connection is over. */
  private end: NoServerError | null = null;

  constructor(
    private readonly socket: Socket,
    private readonly where: string,
  ) {
    const reader = new LineReader((line) => this.take(line));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => reader.read(chunk));
    socket.on("error", ({ message }) => this.fail(`the connection to ${where} broke: ${message}`));
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.fail(`the server at ${where} closed the connection`);
        resolve();
      });
    });
  }

  /**
   * Has a command carried out. Calls may be made before earlier ones are answered; those of one turn
   * of the event loop are sent together.
   *
   * @throws RefusedError when the answer is an exception
   * @throws NoServerError when the connection is over: the command may have been carried out or not
   */
  call<C extends Command>(
    command: C,
    args: readonly unknown[] = [],
    kwargs: object = {},
  ): Promise<Answers[C]> {
    if (this.end !== null) return Promise.reject(this.end);
    return new Promise<Answers[C]>((resolve, reject) => {
      this.calls.push({ command, resolve, reject });
      if (this.unsent === "") process.nextTick(() => this.send());
      this.unsent += `${JSON.stringify({ command, args, kwargs })}\n`;
    });
  }

  /**
   * Begins to collect what notifications tell. What is watched is for the caller to say
   * (`notify_job`, `notify_machine`), best after this and before the first look at it.
   */
  changes(): Changes {
    const changes = new Changes((stopped) => this.collectors.delete(stopped));
    if (this.end === null) this.collectors.add(changes);
    else changes.fail(this.end);
    return changes;
  }

  /** Ends the connection. Calls without an answer fail. */
  close(): void {
    this.fail(`the connection to ${this.where} was closed by this client`);
  }

  private send(): void {
    if (this.end === null) this.socket.write(this.unsent);
    this.unsent = "";
  }

  private take(line: string): void {
    const message = parsed(line);
    if (message?.jobs_changed !== undefined || message?.machines_changed !== undefined) {
      const { jobs_changed: jobs = [], machines_changed: machines = [] } = message;
      for (const changes of this.collectors) changes.add(jobs, machines);
      return;
    }
    const isAnswer = message !== null && ("return" in message || "exception" in message);
    const call = isAnswer ? this.calls.shift() : undefined;
    if (call === undefined) {
      const shown = JSON.stringify(line.slice(0, SHOWN_CHARACTERS));
      this.fail(`what answers at ${this.where} is not a spalloc-server: it sent ${shown}`);
    } else if (message?.exception === undefined) call.resolve(message?.return as never);
    else call.reject(new RefusedError(call.command, message.exception));
  }

  /** The connection is over; of several reasons the first counts. */
  private fail(reason: string): void {
    if (this.end !== null) return;
    const end = new NoServerError(reason);
    this.end = end;
    this.socket.destroy();
    for (const { reject } of this.calls.splice(0)) reject(end);
    for (const changes of this.collectors) changes.fail(end);
  }
}

interface Message {
  readonly return?: unknown;
  readonly exception?: string;
  readonly jobs_changed?: readonly number[];
  readonly machines_changed?: readonly string[];
}

/** Null when it is no JSON object. */
function parsed(line: string): Message | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
