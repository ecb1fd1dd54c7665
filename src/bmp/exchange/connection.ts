/**
 * A UDP socket to one BMP and one packet at a time over it.
 *
 *   send ─► (until the BMP can be at work on nothing else) ─► packet ─► reply, or none in time
 *
 * Each packet has a sequence number of its own, which cannot be foretold, also when it repeats an earlier
 * one. A reply to any packet of a request is the reply to that request, however late; a reply to
 * another request, and a second one to the same packet, is ignored, and so is what cannot be a reply
 * to it by its form (wire/reply-form.ts).
 *
 * The sender's address of a packet can be forged. Who does that has to guess port and number; the BMP itself
 * never sends a number that it was not sent. After a few such guesses the socket is closed,
 * and the next packet goes out of another port.
 */
import type { Socket } from "node:dgram";
import { InterruptibleWait } from "../times.js";
import { type BmpCommand, type BmpReply, decodeReply, encodeRequest } from "../wire/packet.js";
import { misfitOf } from "../wire/reply-form.js";
import { isRetryable } from "../wire/return-codes.js";
import type { IpAddress } from "./address.js";
import { LocalPorts } from "./bmp-socket.js";
import { Ending } from "./ending.js";
import { lackOf, OwnLacks } from "./own-lacks.js";
import { type RandomInt, SequenceNumbers } from "./sequence-numbers.js";

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

/** Who knows the port has one chance in 4,096 that one of so many is right. */
const MOST_GUESSES = 16;

export interface ConnectionOptions {
  /** Of the server, which may allow no more packets. */
  readonly ending?: Ending;
  /** What this computer lacks is told there. */
  readonly lacks?: OwnLacks;
  readonly ports?: LocalPorts;
  readonly random?: RandomInt;
  /** Somebody forges replies of the BMP at that IP address. */
  readonly onGuesses?: (ip: string) => void;
}

export class BmpConnection {
  readonly #address: IpAddress;
  readonly #port: number;
  readonly #ending: Ending;
  readonly #lacks: OwnLacks;
  readonly #ports: LocalPorts;
  readonly #sequences: SequenceNumbers;
  readonly #onGuesses: (ip: string) => void;
  /** Null when too many replies were guessed at it. */
  #socket: Socket | null = null;
  #guesses = 0;
  #misfit: string | null = null;
  #isClosed = false;
  /** By sequence number. */
  readonly #packets = new Map<number, Packet>();
  readonly #busyWait = new InterruptibleWait();
  #isSending = false;
  #lastCommand: BmpCommand | null = null;
  #waiting: Waiting | null = null;
  /** A reply that came between two packets of its request. */
  #heard: { readonly command: BmpCommand; readonly answer: Answer } | null = null;

  /** Throws {@link BmpError} when no socket can be opened to that address. */
  static async open(
    address: IpAddress,
    port: number,
    options: ConnectionOptions = {},
  ): Promise<BmpConnection> {
    const connection = new BmpConnection(address, port, options);
    await connection.#openSocket();
    return connection;
  }

  private constructor(
    address: IpAddress,
    port: number,
    {
      ending = new Ending(),
      lacks = new OwnLacks(),
      ports = new LocalPorts(),
      random,
      onGuesses = () => {},
    }: ConnectionOptions,
  ) {
    this.#address = address;
    this.#port = port;
    this.#ending = ending;
    this.#lacks = lacks;
    this.#ports = ports;
    this.#sequences = new SequenceNumbers(random);
    this.#onGuesses = onGuesses;
  }

  get ip(): string {
    return this.#address.ip;
  }

  /** Of the last reply to a packet of the request sent last that could not be one: what was wrong. */
  get misfit(): string | null {
    return this.#misfit;
  }

  async #openSocket(): Promise<Socket> {
    const socket = await this.#ports.openSocket(this.#address, this.#port);
    socket.on("message", (packet) => this.#received(packet));
    socket.on("error", (error) => this.#undeliverable(error));
    this.#socket = socket;
    this.#guesses = 0;
    return socket;
  }

  #closeSocket(): void {
    this.#socket?.close();
    this.#socket = null;
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
      for (;;) {
        await this.whenFree();
        const heard = this.#takeHeard(command);
        if (heard !== null) return heard;
        const answer = await this.#send(command, timeoutMs, listenMs);
        // It never left this computer: it is the same packet that is sent then.
        const lack = answer.reply === null ? lackOf(answer.error) : null;
        if (lack === null) return answer;
        await this.#lacks.wait(this.ip, lack);
        if (this.#isClosed) return NOTHING;
      }
    } finally {
      this.#isSending = false;
    }
  }

  async #send(command: BmpCommand, timeoutMs: number, listenMs: number): Promise<Answer> {
    let socket = this.#socket;
    try {
      socket ??= await this.#openSocket();
    } catch (error) {
      // Nothing was sent.
      if (!(error instanceof Error) || lackOf(error) === null) throw error;
      return { reply: null, error };
    }
    return this.#ending.packet(() => this.#exchange(socket, command, timeoutMs, listenMs));
  }

  #takeHeard(command: BmpCommand): Answer | null {
    const heard = this.answerTo(command);
    this.#heard = null;
    return heard;
  }

  #exchange(
    socket: Socket,
    command: BmpCommand,
    timeoutMs: number,
    listenMs: number,
  ): Promise<Answer> {
    if (this.#lastCommand !== command) this.#misfit = null;
    this.#lastCommand = command;
    for (const [sequence, packet] of this.#packets)
      if (packet.command !== command) this.#packets.delete(sequence);
    const sequence = this.#sequences.next();
    const sentMs = performance.now();
    this.#packets.set(sequence, { command, sentMs, overMs: sentMs + timeoutMs });
    return new Promise((settle) => {
      // What has arrived in time may still be in the socket: it is read before time is called.
      const late = () => setImmediate(() => this.#waiting === waiting && this.#settle(NOTHING));
      const waiting: Waiting = { command, settle, timer: setTimeout(late, listenMs) };
      this.#waiting = waiting;
      socket.send(encodeRequest({ ...command, sequence }), (error) => {
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
    this.#isClosed = true;
    this.#packets.clear();
    this.#busyWait.interrupt();
    this.#settle(NOTHING);
    this.#closeSocket();
  }

  #received(message: Buffer): void {
    const reply = decodeReply(message);
    const packet = reply === null ? undefined : this.#packets.get(reply.sequence);
    if (reply === null || packet === undefined) {
      // A late or repeated reply has a number that was sent once.
      if (reply !== null && !this.#sequences.wasUsed(reply.sequence)) this.#guessed();
      return;
    }
    const misfit = misfitOf(packet.command, reply);
    if (misfit !== null) {
      this.#misfit = misfit;
      return;
    }
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

  #guessed(): void {
    this.#guesses += 1;
    if (this.#guesses < MOST_GUESSES) return;
    // What it is at work on it goes on with: its packets stay known.
    this.#closeSocket();
    this.#onGuesses(this.ip);
    const error = new Error(
      "packets came from its address that were made to look like its replies",
    );
    this.#settle({ reply: null, error });
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
