/**
 * A UDP socket to one BMP and one packet at a time over it.
 *
 *   send ─► (until the BMP can be at work on nothing else) ─► packet ─► reply, or none in time
 *
 * The socket is connected: the kernel drops what others send to it, and reports when nothing listens
 * at the other end. Each packet has a sequence number of its own, also when it repeats an earlier
 * one. A reply to any packet of a request is the reply to that request, however late; a reply to
 * another request, and a second one to the same packet, is ignored.
 */
import { createSocket, type Socket } from "node:dgram";
import { InterruptibleWait } from "../times.js";
import { type BmpCommand, type BmpReply, decodeReply, encodeRequest } from "../wire/packet.js";
import { isRetryable } from "../wire/return-codes.js";
import type { IpAddress } from "./address.js";
import { Ending } from "./ending.js";
import { BmpError } from "./errors.js";
import { describeNetworkError } from "./network-errors.js";

export type Answer =
  | {
      readonly reply: BmpReply;
      /** From the packet that it answers. */
      readonly tookMs: number;
    }
  | {
      readonly reply: null;
      /** Why the packet never arrived, as the network says; null when no reply came in time. */
      readonly error: Error | null;
    };

/** Sent, and neither answered nor known to be lost. */
interface Packet {
  readonly command: BmpCommand;
  readonly sentMs: number;
  /** performance.now() from which the BMP cannot be at work on it any more. */
  overMs: number;
}

interface Waiting {
  readonly command: BmpCommand;
  readonly settle: (answer: Answer) => void;
  readonly timer: NodeJS.Timeout;
}

const NOTHING: Answer = { reply: null, error: null };

export class BmpConnection {
  readonly ip: string;
  readonly #socket: Socket;
  readonly #ending: Ending;
  #sequence = Math.floor(Math.random() * 0x10000);
  /** By sequence number. */
  readonly #packets = new Map<number, Packet>();
  readonly #busyWait = new InterruptibleWait();
  #isSending = false;
  #waiting: Waiting | null = null;
  /** A reply that came between two packets of its request. */
  #heard: { readonly command: BmpCommand; readonly answer: Answer } | null = null;

  /**
   * Throws {@link BmpError} when no socket can be opened to that address.
   * @param ending of the server, which may allow no more packets
   */
  static open(
    { ip, family }: IpAddress,
    port: number,
    ending = new Ending(),
  ): Promise<BmpConnection> {
    return new Promise((resolve, reject) => {
      const socket = createSocket(family === 6 ? "udp6" : "udp4");
      const fail = (error: Error) => {
        socket.close();
        const message = `no socket could be opened to it: ${describeNetworkError(error)}`;
        reject(new BmpError("unreachable", message, { cause: error }));
      };
      socket.once("error", fail);
      socket.connect(port, ip, (error?: Error) => {
        socket.off("error", fail);
        if (error !== undefined && error !== null) fail(error);
        else resolve(new BmpConnection(socket, ip, ending));
      });
    });
  }

  private constructor(socket: Socket, ip: string, ending: Ending) {
    this.#socket = socket;
    this.ip = ip;
    this.#ending = ending;
    socket.on("message", (packet) => this.#received(packet));
    socket.on("error", (error) => this.#undeliverable(error));
  }

  /**
   * Sends a packet of a request, as soon as the BMP can be at work on no earlier one, and waits for
   * the reply. The same command object, sent again, is the same request.
   *
   * @param timeoutMs the BMP works on it for that long at most
   * @param listenMs how long the reply is waited for
   */
  async send(command: BmpCommand, timeoutMs: number, listenMs = timeoutMs): Promise<Answer> {
    if (this.#isSending) throw new Error("a BMP does one request at a time");
    this.#isSending = true;
    try {
      await this.whenFree();
      const heard = this.#takeHeard(command);
      if (heard !== null) return heard;
      return await this.#ending.packet(() => this.#exchange(command, timeoutMs, listenMs));
    } finally {
      this.#isSending = false;
    }
  }

  #takeHeard(command: BmpCommand): Answer | null {
    const heard = this.answerTo(command);
    this.#heard = null;
    return heard;
  }

  #exchange(command: BmpCommand, timeoutMs: number, listenMs: number): Promise<Answer> {
    for (const [sequence, packet] of this.#packets)
      if (packet.command !== command) this.#packets.delete(sequence);
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const sequence = this.#sequence;
    const sentMs = performance.now();
    this.#packets.set(sequence, { command, sentMs, overMs: sentMs + timeoutMs });
    return new Promise((settle) => {
      // What has arrived in time may still be in the socket: it is read before time is called.
      const late = () => setImmediate(() => this.#waiting === waiting && this.#settle(NOTHING));
      const waiting: Waiting = { command, settle, timer: setTimeout(late, listenMs) };
      this.#waiting = waiting;
      this.#socket.send(encodeRequest({ ...command, sequence }), (error) => {
        if (error !== null && this.#packets.has(sequence)) this.#undeliverable(error);
      });
    });
  }

  /** The reply to a request that came when it was no longer waited for; null when none has. */
  answerTo(command: BmpCommand): Answer | null {
    return this.#heard?.command === command ? this.#heard.answer : null;
  }

  /** Waits no longer for the reply to the packet that was sent last. */
  stopListening(): void {
    this.#settle(NOTHING);
  }

  /** Resolves when the BMP can be at work on nothing any more that was sent over this connection. */
  async whenFree(): Promise<void> {
    for (;;) {
      const overMs = Math.max(0, ...[...this.#packets.values()].map((packet) => packet.overMs));
      const leftMs = overMs - performance.now();
      if (leftMs <= 0) return;
      await this.#busyWait.wait(leftMs);
    }
  }

  close(): void {
    this.#packets.clear();
    this.#busyWait.interrupt();
    this.#settle(NOTHING);
    this.#socket.close();
  }

  #received(message: Buffer): void {
    const reply = decodeReply(message);
    const packet = reply === null ? undefined : this.#packets.get(reply.sequence);
    if (reply === null || packet === undefined) return;
    this.#packets.delete(reply.sequence);
    const now = performance.now();
    const tookMs = now - packet.sentMs;
    let isRepeated = false;
    for (const later of this.#packets.values()) {
      if (later.sentMs < packet.sentMs) continue;
      // Only now does it come to those, and it may take as long for each.
      later.overMs = Math.max(later.overMs, now + 2 * tookMs);
      isRepeated ||= later.command === packet.command;
    }
    this.#busyWait.interrupt();
    const isAwaited = this.#waiting?.command === packet.command;
    // The packet that repeats it, or is yet to, may fare better.
    if ((isRepeated || !isAwaited) && isRetryable(reply.returnCode)) return;
    const answer = { reply, tookMs };
    if (isAwaited) this.#settle(answer);
    else this.#heard = { command: packet.command, answer };
  }

  /** Such as ECONNREFUSED. It may be about any of the packets: none of them is being worked on. */
  #undeliverable(error: Error): void {
    this.#packets.clear();
    this.#busyWait.interrupt();
    this.#settle({ reply: null, error });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    clearTimeout(waiting.timer);
    waiting.settle(answer);
  }
}
