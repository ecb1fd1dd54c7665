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
import type { ClientActor } from "../../engine/contract/actors.js";
import type { Log } from "../../engine/contract/log.js";
import type { Answer } from "../answers/answer.js";
import type { Caller, Context } from "../requests/command.js";
import { dispatch } from "../requests/dispatch.js";
import { ProtocolFault } from "../requests/errors.js";
import type { BufferedBytes, BufferHolder } from "./buffered-bytes.js";
import { InputQueue } from "./input-queue.js";
import type { Limits } from "./limits.js";
import { LineSplitter } from "./line-splitter.js";
import { Outbox } from "./outbox.js";
import type { SliceTaker, TimeSlices } from "./time-slices.js";

/** What all connections of a server share. */
export interface ConnectionServices {
  readonly context: Context;
  /** As they are now: a reload may replace them. */
  readonly limits: Limits;
  readonly log: Log;
  readonly timeSlices: TimeSlices;
  readonly bufferedBytes: BufferedBytes<Connection>;
  /** Called once, when the socket is gone. */
  forget(connection: Connection): void;
}

export class Connection implements Caller, BufferHolder, SliceTaker {
  private readonly splitter = new LineSplitter();
  private readonly outbox: Outbox;
  private readonly inputs = new InputQueue();
  private phase: "serving" | "ending" | "faulty" | "closed" = "serving";
  /** Whether an answer is to come later. */
  private isWaiting = false;
  /** Whether lines are being handled, or will be when others had their turn. */
  private slice: "none" | "now" | "later" = "none";
  private wasEverPaused = false;
  private linger: NodeJS.Timeout | null = null;

  constructor(
    private readonly socket: Socket,
    readonly actor: ClientActor,
    private readonly services: ConnectionServices,
  ) {
    this.outbox = new Outbox(socket, {
      durableMark: () => services.context.engine.durableMark(),
      whenDurable: (mark, callback) => services.context.engine.whenDurable(mark, callback),
      released: () => this.closeIfDone(),
      wrote: () => services.bufferedBytes.note(this),
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, services.limits.secondsBeforeTcpKeepalive * 1000);
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("drain", () => this.outbox.write());
    socket.on("end", () => this.clientEnded());
    // A client that vanishes is no error of anybody's; "close" follows.
    socket.on("error", ({ message }) => this.note("connection lost", message));
    socket.on("close", () => this.gone());
  }

  get watchLimit(): number {
    return this.services.limits.watches;
  }

  get bufferedBytes(): number {
    if (this.socket.destroyed) return 0;
    return this.outbox.unsentBytes + this.inputs.bytes + this.splitter.bufferedBytes;
  }

  jobsChanged(jobIds: readonly number[]): void {
    if (this.isOverdue()) return;
    this.outbox.jobsChanged(jobIds);
  }

  machinesChanged(names: readonly string[]): void {
    if (this.isOverdue()) return;
    this.outbox.machinesChanged(names);
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.inputs.clear();
    this.socket.destroy();
  }

  dropForBufferedBytes(totalBytes: number): void {
    const { totalBufferedBytes } = this.services.limits;
    this.cutOff(
      `it takes most of ${totalBytes} bytes that are held for all clients, ` +
        `of which there may be ${totalBufferedBytes} (totalBufferedBytes)`,
    );
  }

  runSlice(endsAt: number): void {
    this.slice = "now";
    do {
      if (!this.canHandle) break;
      this.handle(this.inputs.take());
    } while (performance.now() < endsAt);
    this.slice = "none";
    if (this.canHandle) {
      this.slice = "later";
      this.services.timeSlices.wait(this);
    } else if (this.inputs.length === 0 && this.socket.isPaused()) {
      this.socket.resume();
    }
    // Where nothing waits, what was held is noted when it is written.
    if (this.inputs.length > 0 || this.outbox.isHolding || this.splitter.bufferedBytes > 0) {
      this.services.bufferedBytes.note(this);
    }
    this.closeIfDone();
  }

  private receive(chunk: Buffer): void {
    if (this.phase !== "serving") return;
    const { lineBytes, pipelinedRequests } = this.services.limits;
    const { lines, fault } = this.splitter.push(chunk, lineBytes);
    this.inputs.add(lines, fault);
    if (this.slice === "none") this.runSlice(this.services.timeSlices.now());
    else this.services.bufferedBytes.note(this);
    // One line may be as long as that, so that many may not be longer.
    if (this.inputs.length > pipelinedRequests || this.inputs.bytes > lineBytes) this.pause();
  }

  private pause(): void {
    this.socket.pause();
    if (this.wasEverPaused) return;
    this.wasEverPaused = true;
    const { pipelinedRequests } = this.services.limits;
    const reason = `more than ${pipelinedRequests} requests wait (pipelinedRequests)`;
    this.note("client is not read until it is served", reason, "info");
  }

  private get canHandle(): boolean {
    return this.inputs.length > 0 && !this.isWaiting;
  }

  private handle(input: string | ProtocolFault): void {
    if (this.isOverdue()) return;
    try {
      if (input instanceof ProtocolFault) throw input;
      const { context, log } = this.services;
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
  }

  private answerLater(answer: Answer): void {
    if (this.phase === "closed") return;
    this.isWaiting = false;
    this.answer(answer);
    if (this.slice === "none") this.runSlice(this.services.timeSlices.now());
  }

  /** Whether the client has left so much unread that it is told no more. */
  private isOverdue(): boolean {
    const { unsentBytes } = this.services.limits;
    const unread = this.outbox.unsentBytes;
    if (unread <= unsentBytes || this.socket.destroyed) return false;
    this.cutOff(
      `it has not read ${unread} bytes, of which there may be ${unsentBytes} (unsentBytes)`,
    );
    return true;
  }

  private cutOff(reason: string): void {
    this.note("client disconnected", reason, "warn");
    this.destroy();
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
    this.linger = setTimeout(() => this.destroy(), this.services.limits.lingerMs);
  }

  private gone(): void {
    this.phase = "closed";
    this.inputs.clear();
    if (this.linger !== null) clearTimeout(this.linger);
    this.services.forget(this);
  }

  private note(event: string, reason: string, level: "debug" | "info" | "warn" = "debug"): void {
    this.services.log[level]({ client: this.actor.host, reason }, event);
  }
}
