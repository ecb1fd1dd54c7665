/** Sends packets as they are to a simulated BMP and collects what comes back. */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  type BmpCommand,
  type BmpReply,
  decodeReply,
  encodeRequest,
} from "../../src/bmp/wire/packet.js";

export class RawClient {
  readonly replies: BmpReply[] = [];
  readonly #socket: Socket = createSocket("udp4");
  readonly #waiting: (() => void)[] = [];
  readonly #port: number;
  readonly #host: string;
  #sequence = 0;

  static async open(host: string, port: number): Promise<RawClient> {
    const client = new RawClient(host, port);
    client.#socket.bind(0, "127.0.0.1");
    await once(client.#socket, "listening");
    return client;
  }

  private constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
    this.#socket.on("message", (packet) => {
      const reply = decodeReply(packet);
      if (reply === null) throw new Error(`no reply: ${packet.toString("hex")}`);
      this.replies.push(reply);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  sendBytes(packet: Buffer): void {
    this.#socket.send(packet, this.#port, this.#host);
  }

  /** Sends a command without waiting; returns its sequence number. */
  send(command: BmpCommand, change: (packet: Buffer) => void = () => undefined): number {
    const packet = encodeRequest({ ...command, sequence: ++this.#sequence });
    change(packet);
    this.sendBytes(packet);
    return this.#sequence;
  }

  /** The reply to a command; the test's time limit ends the wait for one that never comes. */
  async ask(command: BmpCommand, change?: (packet: Buffer) => void): Promise<BmpReply> {
    return this.replyTo(this.send(command, change));
  }

  async replyTo(sequence: number): Promise<BmpReply> {
    for (;;) {
      const reply = this.replies.find((each) => each.sequence === sequence);
      if (reply !== undefined) return reply;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  close(): void {
    this.#socket.close();
  }
}
