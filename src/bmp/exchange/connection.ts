/**
 * A UDP socket to one BMP and one exchange at a time over it.
 *
 * The socket is connected: the kernel drops what others send to it, and says so at once when nobody
 * listens over there. Each packet that is sent has a sequence number of its own, also when it
 * repeats an earlier one: a reply that comes late, twice, or to an earlier packet matches nothing
 * and is ignored. That keeps the BMP at one request at a time: a late reply to the first of two
 * packets does not look like the end of the second.
 */
import { createSocket, type Socket } from "node:dgram";
import { type Command, decodeReply, encodeRequest, type Reply } from "../wire/packet.js";
import type { Address } from "./address.js";
import { BmpError } from "./errors.js";

interface Waiting {
  readonly sequence: number;
  readonly resolve: (reply: Reply | null) => void;
  readonly timer: NodeJS.Timeout;
}

export class BmpConnection {
  readonly #socket: Socket;
  #sequence = Math.floor(Math.random() * 0x10000);
  #waiting: Waiting | null = null;

  /** Throws {@link BmpError} when there is no way to that address. */
  static open({ address, family }: Address, port: number): Promise<BmpConnection> {
    return new Promise((resolve, reject) => {
      const socket = createSocket(family === 6 ? "udp6" : "udp4");
      const fail = (error: Error) => {
        socket.close();
        reject(new BmpError("unreachable", `no socket to it: ${error.message}`, { cause: error }));
      };
      socket.once("error", fail);
      socket.connect(port, address, (error?: Error) => {
        socket.off("error", fail);
        if (error !== undefined && error !== null) fail(error);
        else resolve(new BmpConnection(socket));
      });
    });
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (packet) => this.#received(packet));
    // Such as ECONNREFUSED for the packet before: that packet is lost.
    socket.on("error", () => this.#settle(null));
  }

  /**
   * Sends the command once. Null when no reply to it came within `timeoutMs`, or when it is known
   * earlier that none will.
   */
  send(command: Command, timeoutMs: number): Promise<Reply | null> {
    if (this.#waiting !== null) throw new Error("a BMP does one request at a time");
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const sequence = this.#sequence;
    const packet = encodeRequest({ ...command, sequence });
    return new Promise((resolve) => {
      // What has arrived in time may still be in the socket: it is read before time is called.
      const timer = setTimeout(() => setImmediate(() => this.#timeIsUp(sequence)), timeoutMs);
      this.#waiting = { sequence, resolve, timer };
      this.#socket.send(packet, (error) => {
        if (error !== null && this.#waiting?.sequence === sequence) this.#settle(null);
      });
    });
  }

  close(): void {
    this.#settle(null);
    this.#socket.close();
  }

  #received(packet: Buffer): void {
    const reply = decodeReply(packet);
    if (reply !== null && reply.sequence === this.#waiting?.sequence) this.#settle(reply);
  }

  #timeIsUp(sequence: number): void {
    if (this.#waiting?.sequence === sequence) this.#settle(null);
  }

  #settle(reply: Reply | null): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    clearTimeout(waiting.timer);
    waiting.resolve(reply);
  }
}
