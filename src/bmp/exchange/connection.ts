/**
 * A UDP socket to one BMP and one exchange at a time over it.
 *
 * The socket is connected: the kernel drops what others send to it, and reports at once when nothing
 * listens at the other end. Each packet that is sent has a sequence number of its own, also when it
 * repeats an earlier one: a reply that comes late, twice, or to an earlier packet matches nothing
 * and is ignored. That keeps the BMP at one request at a time: a late reply to the first of two
 * packets does not look like the end of the second.
 */
import { createSocket, type Socket } from "node:dgram";
import { type BmpCommand, type BmpReply, decodeReply, encodeRequest } from "../wire/packet.js";
import type { IpAddress } from "./address.js";
import { BmpError } from "./errors.js";

interface PendingReply {
  readonly sequence: number;
  readonly resolve: (reply: BmpReply | null) => void;
  readonly timer: NodeJS.Timeout;
}

export class BmpConnection {
  readonly #socket: Socket;
  #sequence = Math.floor(Math.random() * 0x10000);
  #pending: PendingReply | null = null;

  /** Throws {@link BmpError} when no socket can be opened to that address. */
  static open({ ip, family }: IpAddress, port: number): Promise<BmpConnection> {
    return new Promise((resolve, reject) => {
      const socket = createSocket(family === 6 ? "udp6" : "udp4");
      const fail = (error: Error) => {
        socket.close();
        reject(
          new BmpError("unreachable", `no socket could be opened to it: ${error.message}`, {
            cause: error,
          }),
        );
      };
      socket.once("error", fail);
      socket.connect(port, ip, (error?: Error) => {
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
  send(command: BmpCommand, timeoutMs: number): Promise<BmpReply | null> {
    if (this.#pending !== null) throw new Error("a BMP does one request at a time");
    this.#sequence = (this.#sequence + 1) & 0xffff;
    const sequence = this.#sequence;
    const packet = encodeRequest({ ...command, sequence });
    return new Promise((resolve) => {
      // What has arrived in time may still be in the socket: it is read before time is called.
      const timer = setTimeout(() => setImmediate(() => this.#timedOut(sequence)), timeoutMs);
      this.#pending = { sequence, resolve, timer };
      this.#socket.send(packet, (error) => {
        if (error !== null && this.#pending?.sequence === sequence) this.#settle(null);
      });
    });
  }

  close(): void {
    this.#settle(null);
    this.#socket.close();
  }

  #received(packet: Buffer): void {
    const reply = decodeReply(packet);
    if (reply !== null && reply.sequence === this.#pending?.sequence) this.#settle(reply);
  }

  #timedOut(sequence: number): void {
    if (this.#pending?.sequence === sequence) this.#settle(null);
  }

  #settle(reply: BmpReply | null): void {
    const waiting = this.#pending;
    if (waiting === null) return;
    this.#pending = null;
    clearTimeout(waiting.timer);
    waiting.resolve(reply);
  }
}
