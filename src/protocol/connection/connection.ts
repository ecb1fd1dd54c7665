/**
 * One client.
 *
 *   serving   lines are handled one after the other. A request whose answer comes later (create_job)
 *             makes those behind it wait; other connections go on.
 *   ending    the client closed its side: what it asked for before is answered, then the socket is
 *             closed.
 *   faulty    a line was not a request: what came before it is answered, the rest is dropped, then
 *             the socket is closed.
 *   closed    the socket is closed. Watches end; answers that are still to come are dropped, and a
 *             job whose id was in one ends.
 *
 * A client that does not read its answers is disconnected when too many bytes are unread. One that
 * asks faster than it is served, or than others leave its host time for, is not read from until it has
 * been served.
 */
import type { Socket } from "node:net";
import type { ClientActor } from "../../engine/contract/actors.js";
import type { Log } from "../../engine/contract/log.js";
import type { Answer } from "../answers/answer.js";
import type { HostConnection } from "../hosts/connections.js";
import type { Host, SliceTaker } from "../hosts/host.js";
import type { Caller, Context } from "../requests/command.js";
import { dispatch } from "../requests/dispatch.js";
import { ProtocolFault } from "../requests/errors.js";
import type { BufferedBytes, BufferHolder } from "./buffered-bytes.js";
import { Input } from "./input.js";
import type { Limits } from "./limits.js";
import { Outbox } from "./outbox.js";
import type { TimeSlices } from "./time-slices.js";

/** What all connections of a server share. */
export interface ConnectionServices {
  readonly context: Context;
  /** The current ones: a reload may replace them. */
  readonly limits: Limits;
  readonly log: Log;
  readonly timeSlices: TimeSlices;
  readonly bufferedBytes: BufferedBytes<Connection>;
  /** Called once, when it sends its first request. */
  spoke(connection: Connection): void;
  /** Called once, when the socket is closed. */
  closed(connection: Connection): void;
}

export class Connection implements Caller, BufferHolder, SliceTaker, HostConnection {
  readonly acceptedAt = performance.now();
  hasSpoken = false;
  wasRead = false;
  private readonly outbox: Outbox;
  private readonly input = new Input();
  private phase: "serving" | "ending" | "faulty" | "closed" = "serving";
  /** Whether the answer to a request comes later; those behind it wait. */
  private isAnswerPending = false;
  /** Whether lines are being handled, or will be in a later slice. */
  private slice: "none" | "now" | "later" = "none";
  private wasEverPaused = false;
  private lingerTimer: NodeJS.Timeout | null = null;
  private isEnded = false;

  constructor(
    private readonly socket: Socket,
    readonly host: Host,
    readonly actor: ClientActor,
    private readonly services: ConnectionServices,
  ) {
    this.outbox = new Outbox(socket, {
      durableMark: () => services.context.engine.durableMark(),
      whenDurable: (mark, callback) => services.context.engine.whenDurable(mark, callback),
      sentDurable: () => this.closeIfDone(),
      wrote: () => services.bufferedBytes.update(this),
      isHalfClosed: () => socket.readableEnded,
      finished: () => this.closeIfDone(),
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, services.limits.secondsBeforeTcpKeepalive * 1000);
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("drain", () => this.drained());
    socket.on("end", () => this.clientEnded());
    // That a client vanishes is not an error of ours; "close" follows.
    socket.on("error", ({ message }) => this.logEvent("connection lost", message));
    socket.on("close", () => this.onClosed());
  }

  get awaitsCommit(): boolean {
    return this.outbox.awaitsCommit;
  }

  get bufferedBytes(): number {
    if (this.socket.destroyed) return 0;
    return this.outbox.heldBytes + this.input.memoryBytes + this.socket.readableLength;
  }

  get sharedBytes(): number {
    return this.socket.destroyed ? 0 : this.outbox.sharedBytes;
  }

  get isBusy(): boolean {
    return this.isUnfinished || this.outbox.hasUnwritten || this.outbox.unsentBytes > 0;
  }

  jobsChanged(jobIds: readonly number[]): void {
    if (this.disconnectIfBehind()) return;
    this.outbox.jobsChanged(jobIds);
  }

  machinesChanged(names: readonly string[]): void {
    if (this.disconnectIfBehind()) return;
    this.outbox.machinesChanged(names);
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.input.clear();
    this.outbox.dropLong();
    this.socket.destroy();
  }

  disconnectToFreeBuffers(why: string): void {
    this.disconnect(why);
  }

  runSlice(endsAt: number): void {
    const { timeSlices, bufferedBytes } = this.services;
    this.slice = "now";
    if (this.canSplit) this.input.splitHeld(this.services.limits.lineBytes);
    if (!this.hasSpoken && this.input.length > 0) this.spoke();
    do {
      if (!this.canHandle) break;
      this.handle(this.input.take());
    } while (timeSlices.now() < endsAt);
    this.slice = "none";
    if (this.canHandle || this.canSplit) this.waitForSlice();
    else if (this.input.isEmpty && this.socket.isPaused()) this.socket.resume();
    // Where nothing waits, the count is updated when the answers are written.
    if (this.input.memoryBytes > 0 || this.outbox.awaitsCommit) bufferedBytes.update(this);
    this.closeIfDone();
  }

  private waitForSlice(): void {
    this.slice = "later";
    this.services.timeSlices.wait(this);
  }

  private receive(chunk: Buffer): void {
    if (this.phase !== "serving") return;
    this.wasRead = true;
    const { timeSlices, bufferedBytes, limits } = this.services;
    const sliceEnd = timeSlices.firstSliceEnd(this.host);
    if (sliceEnd === null) {
      this.input.hold(chunk);
      this.pause();
      if (this.slice === "none" && this.canSplit) this.waitForSlice();
      return;
    }
    this.input.split(chunk, limits.lineBytes);
    if (this.slice === "none") this.runSlice(sliceEnd);
    else bufferedBytes.update(this);
    timeSlices.firstSliceEnded(this.host);
    // A single line may be as long as that; many together may not be longer.
    if (!this.input.isBeyond(limits.pipelinedRequests, limits.lineBytes)) return;
    this.pause();
    this.tellPaused();
  }

  private spoke(): void {
    this.hasSpoken = true;
    this.services.spoke(this);
  }

  private pause(): void {
    this.socket.pause();
    // What arrived meanwhile is read once more.
    setImmediate(() => this.services.bufferedBytes.update(this));
  }

  private tellPaused(): void {
    if (this.wasEverPaused) return;
    this.wasEverPaused = true;
    const { pipelinedRequests } = this.services.limits;
    const reason = `more than ${pipelinedRequests} requests are waiting (clientLimits.pipelinedRequests)`;
    this.logEvent(
      "client sends faster than it is served; reading pauses until its requests are answered",
      reason,
      "info",
    );
  }

  private get canSplit(): boolean {
    return this.input.isHeldNext && !this.isAnswerPending;
  }

  private get isUnfinished(): boolean {
    return !this.input.isEmpty || this.isAnswerPending || this.outbox.awaitsCommit;
  }

  private get canHandle(): boolean {
    return this.input.length > 0 && !this.isAnswerPending;
  }

  private handle(input: string | ProtocolFault): void {
    if (this.disconnectIfBehind()) return;
    try {
      if (input instanceof ProtocolFault) throw input;
      const { context, log } = this.services;
      const answer = dispatch(input, context, this, log);
      if (typeof answer !== "function") this.answer(answer);
      else {
        this.isAnswerPending = true;
        answer((later) => this.answerLater(later));
      }
    } catch (error) {
      if (!(error instanceof ProtocolFault)) throw error;
      this.logEvent("client disconnected", error.message, "info");
      this.input.clear();
      this.phase = "faulty";
    }
  }

  private answer(answer: Answer): void {
    this.outbox.answer(answer);
  }

  private answerLater(answer: Answer): void {
    if (this.phase === "closed") {
      answer.delivery?.unwritten();
      return;
    }
    this.isAnswerPending = false;
    this.answer(answer);
    if (this.slice !== "none") return;
    const { timeSlices } = this.services;
    const sliceEnd = timeSlices.firstSliceEnd(this.host);
    if (sliceEnd !== null) {
      this.runSlice(sliceEnd);
      timeSlices.firstSliceEnded(this.host);
    } else if (this.isUnfinished) this.waitForSlice();
  }

  private drained(): void {
    this.outbox.write();
    this.closeIfDone();
  }

  /** Disconnects a client that has left too much unread. @returns whether it did */
  private disconnectIfBehind(): boolean {
    const { unsentBytes } = this.services.limits;
    const unread = this.outbox.unsentBytes;
    if (unread <= unsentBytes || this.socket.destroyed) return false;
    this.disconnect(
      `it has not read ${unread} bytes; the limit is ${unsentBytes} (clientLimits.unsentBytes)`,
    );
    return true;
  }

  private disconnect(reason: string): void {
    this.logEvent("client disconnected", reason, "warn");
    this.destroy();
  }

  private clientEnded(): void {
    if (this.phase === "serving") this.phase = "ending";
    this.closeIfDone();
  }

  /** Closes a connection that is to be closed as soon as all it asked for is answered. */
  private closeIfDone(): void {
    if (this.phase !== "ending" && this.phase !== "faulty") return;
    if (this.isUnfinished || this.isEnded) return;
    this.outbox.write();
    this.lingerTimer ??= setTimeout(() => this.destroy(), this.services.limits.lingerMs);
    if (this.outbox.hasUnwritten) return;
    this.isEnded = true;
    this.socket.end();
  }

  private onClosed(): void {
    this.phase = "closed";
    this.input.clear();
    this.outbox.close();
    if (this.lingerTimer !== null) clearTimeout(this.lingerTimer);
    this.services.closed(this);
  }

  private logEvent(
    event: string,
    reason: string,
    level: "debug" | "info" | "warn" = "debug",
  ): void {
    this.services.log[level]({ client: this.actor.host, reason }, event);
  }
}
