/**
 * One client.
 *
 *   serving   lines are handled one after the other. A request whose answer comes later (create_job)
 *             makes those behind it wait; other connections go on.
 *   ending    the client closed its side: what it asked for before is answered, then the socket is
 *             closed.
 *   faulty    a line was no request: what came before it is answered, the rest is dropped, then the
 *             socket is closed.
 *   closed    the socket is gone. Watches end; answers that are still to come go nowhere.
 *
 * A client that takes no answers is cut off when too many bytes are unread. One that asks faster
 * than it is served is not read until it is served.
 */
import type { Socket } from "node:net";
import type { CommitMark } from "../engine/api.js";
import type { Log } from "../engine/log.js";
import type { Answer } from "./answer.js";
import type { Caller, Context } from "./command.js";
import { dispatch } from "./dispatch.js";
import { ProtocolFault } from "./errors.js";
import { InputQueue } from "./input-queue.js";
import type { Limits } from "./limits.js";
import { LineSplitter } from "./line-splitter.js";
import { Outbox } from "./outbox.js";

export interface ConnectionOptions {
  readonly context: Context;
  readonly limits: Limits;
  readonly log: Log;
  /** Called once, when the socket is gone. */
  readonly closed: (connection: Connection) => void;
  /** Called when answers wait for a commit: {@link Connection.durable} is to be called. */
  readonly holding: (connection: Connection) => void;
}

export class Connection implements Caller {
  readonly watchLimit: number;
  private readonly splitter: LineSplitter;
  private readonly outbox: Outbox;
  private readonly inputs = new InputQueue();
  private phase: "serving" | "ending" | "faulty" | "closed" = "serving";
  /** Whether an answer is to come later. */
  private isWaiting = false;
  /** Whether lines are being handled, or will be when others had their turn. */
  private turn: "none" | "now" | "later" = "none";
  private linger: NodeJS.Timeout | null = null;

  constructor(
    private readonly socket: Socket,
    readonly host: string,
    private readonly options: ConnectionOptions,
  ) {
    const { limits, context } = options;
    this.watchLimit = limits.watches;
    this.splitter = new LineSplitter(limits.lineBytes);
    this.outbox = new Outbox(socket, () => context.engine.durableMark());
    socket.setNoDelay(true);
    socket.setKeepAlive(true, limits.tcpKeepAliveMs);
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("drain", () => this.outbox.scheduleWrite());
    socket.on("end", () => this.clientEnded());
    // A client that vanishes is no error of anybody's; "close" follows.
    socket.on("error", ({ message }) => this.note("connection lost", message));
    socket.on("close", () => this.gone());
  }

  /** Lets go of answers whose commits are done; false when none wait any longer. */
  durable(mark: CommitMark): boolean {
    if (this.phase === "closed") return false;
    this.outbox.release(mark);
    this.closeIfDone();
    return this.outbox.isHolding;
  }

  jobChanged(jobId: number): void {
    this.outbox.jobChanged(jobId);
  }

  machineChanged(name: string): void {
    this.outbox.machineChanged(name);
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    if (this.phase !== "serving") return;
    const { lines, fault } = this.splitter.push(chunk);
    this.inputs.add(lines, fault);
    if (this.turn === "none") this.takeTurn();
    if (this.inputs.length > this.options.limits.waitingRequests) this.socket.pause();
  }

  /** Handles lines until one has to wait, none is left, or others should have a turn. */
  private takeTurn(): void {
    this.turn = "now";
    const endsAt = performance.now() + this.options.limits.turnMs;
    while (this.canHandle && performance.now() < endsAt) this.handle(this.inputs.take());
    this.turn = "none";
    if (this.canHandle) {
      this.turn = "later";
      setImmediate(() => this.takeTurn());
    } else if (this.inputs.length === 0 && this.socket.isPaused()) {
      this.socket.resume();
    }
    this.closeIfDone();
  }

  private get canHandle(): boolean {
    return this.inputs.length > 0 && !this.isWaiting;
  }

  private handle(input: string | ProtocolFault): void {
    if (this.outbox.unsent > this.options.limits.unsentBytes) {
      this.note("client disconnected", "it does not read its answers", "warn");
      this.inputs.clear();
      this.destroy();
      return;
    }
    try {
      if (input instanceof ProtocolFault) throw input;
      const { context, log } = this.options;
      const answer = dispatch(input, context, this, log);
      if (typeof answer !== "function") this.answer(answer);
      else {
        this.isWaiting = true;
        answer((later) => this.answerLater(later));
      }
    } catch (error) {
      if (!(error instanceof ProtocolFault)) throw error;
      this.note("client disconnected", error.message, "info");
      this.inputs.clear();
      this.phase = "faulty";
    }
  }

  private answer(answer: Answer): void {
    this.outbox.answer(answer);
    if (this.outbox.isHolding) this.options.holding(this);
  }

  private answerLater(answer: Answer): void {
    if (this.phase === "closed") return;
    this.isWaiting = false;
    this.answer(answer);
    if (this.turn === "none") this.takeTurn();
  }

  private clientEnded(): void {
    if (this.phase === "serving") this.phase = "ending";
    this.closeIfDone();
  }

  /** Closes a connection that is to be closed as soon as all that is owed is said. */
  private closeIfDone(): void {
    if (this.phase !== "ending" && this.phase !== "faulty") return;
    const owes = this.inputs.length > 0 || this.isWaiting || this.outbox.isHolding;
    if (owes || this.linger !== null) return;
    this.outbox.write();
    this.socket.end();
    this.linger = setTimeout(() => this.destroy(), this.options.limits.lingerMs);
  }

  private gone(): void {
    this.phase = "closed";
    this.inputs.clear();
    if (this.linger !== null) clearTimeout(this.linger);
    this.options.closed(this);
  }

  private note(event: string, reason: string, level: "debug" | "info" | "warn" = "debug"): void {
    this.options.log[level]({ client: this.host, reason }, event);
  }
}
