/**
 * The socket of one BMP: eight buffers, one request at a time.
 *
 *   packet ─► faults ─► buffers (a ninth is dropped) ─► firmware ─► faults ─► reply
 *
 * | packet                     | answer                            |
 * |----------------------------|-----------------------------------|
 * | shorter than 26 bytes      | return code "bad length"          |
 * | longer than 282 bytes      | none                              |
 * | flags not 0x87 or 0x07     | none                              |
 * | flags 0x07                 | carried out, not answered         |
 *
 * What a client must not do but real hardware does not answer with an error is counted as a
 * violation: above all a request that arrives while another is under way.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  decodeRequest,
  encodeReply,
  Flags,
  MAX_REQUEST_BYTES,
  MIN_REQUEST_BYTES,
  NO_DATA,
  type RequestHeader,
} from "../bmp/wire/packet.js";
import { ReturnCode } from "../bmp/wire/return-codes.js";
import type { Faults } from "./faults.js";
import type { SimulatedFrame, Work } from "./frame.js";

const BUFFERS = 8;

export interface Endpoint {
  /** As the configuration names it. */
  readonly host: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
}

/** What a client did that it must not. */
export interface Violations {
  /** A request came while another was under way. */
  overlaps: number;
  /** A request was dropped because all buffers were full. */
  overflows: number;
  /** A request that is too short or too long. */
  lengths: number;
  /** A header field that is not as it should be. */
  headers: number;
}

interface Buffered {
  readonly packet: Buffer;
  readonly from: RemoteInfo;
  /** Delayed or copied by the faults: overlaps with it are not the client's doing. */
  readonly tampered: boolean;
}

export class BmpEndpoint {
  readonly endpoint: Endpoint;
  readonly frame: SimulatedFrame;
  readonly faults: Faults;
  readonly violations: Violations = { overlaps: 0, overflows: 0, lengths: 0, headers: 0 };
  /** Packets that arrived, and replies that left. */
  received = 0;
  sent = 0;
  /** Requests carried out or refused, by command code. */
  readonly commands = new Map<number, number>();
  readonly #socket: Socket;
  /** The first one is under way. */
  readonly #buffers: Buffered[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(endpoint: Endpoint, frame: SimulatedFrame, faults: Faults) {
    this.endpoint = endpoint;
    this.frame = frame;
    this.faults = faults;
    this.#socket = createSocket(endpoint.family === 6 ? "udp6" : "udp4");
    this.#socket.on("message", (packet, from) => this.#arrived(packet, from));
  }

  /** Throws the error of the system when the address or port cannot be had. */
  async listen(): Promise<void> {
    const { address, port } = this.endpoint;
    this.#socket.bind({ address, port, exclusive: true });
    await once(this.#socket, "listening");
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    return new Promise((resolve) => {
      this.#socket.close(resolve);
    });
  }

  #arrived(packet: Buffer, from: RemoteInfo): void {
    this.received++;
    const copies = this.faults.incoming();
    const underWay = this.#buffers[0];
    if (copies.length > 0 && underWay !== undefined && !underWay.tampered) {
      this.violations.overlaps++;
    }
    copies.forEach((delayMs, copy) => {
      const buffered = { packet, from, tampered: copy > 0 || delayMs > 0 };
      if (delayMs === 0) this.#buffer(buffered);
      else this.#after(delayMs, () => this.#buffer(buffered));
    });
  }

  #buffer(buffered: Buffered): void {
    if (this.#buffers.length >= BUFFERS) {
      this.violations.overflows++;
      return;
    }
    this.#buffers.push(buffered);
    if (this.#buffers.length === 1) this.#next();
  }

  #next(): void {
    const buffered = this.#buffers[0];
    if (buffered === undefined) return;
    const work = this.#workFor(buffered.packet);
    this.#after(work?.ms ?? 0, () => {
      this.#buffers.shift();
      if (work !== null) this.#answer(buffered, work);
      this.#next();
    });
  }

  /** Null for a packet that is dropped. */
  #workFor(packet: Buffer): Work | null {
    if (packet.length < MIN_REQUEST_BYTES || packet.length > MAX_REQUEST_BYTES) {
      this.violations.lengths++;
      if (packet.length > MAX_REQUEST_BYTES) return null;
      const answer = { returnCode: ReturnCode.badLength, payload: NO_DATA };
      return { ms: 0, complete: () => answer };
    }
    const { header, ...request } = decodeRequest(packet);
    if (!isAsItShouldBe(header)) this.violations.headers++;
    if (header.flags !== Flags.replyExpected && header.flags !== Flags.noReply) return null;
    this.commands.set(request.command, (this.commands.get(request.command) ?? 0) + 1);
    const returnCode = this.faults.refusalOf(request);
    if (returnCode !== null) return { ms: 0, complete: () => ({ returnCode, payload: NO_DATA }) };
    return this.frame.work(request, header.port);
  }

  #answer({ packet, from }: Buffered, { complete }: Work): void {
    const answer = complete();
    if (packet[2] === Flags.noReply) return;
    const reply = encodeReply({
      board: (packet[4] ?? 0) & 0x1f,
      // A packet too short to have a sequence number has none to be matched by.
      sequence: packet.length >= 14 ? packet.readUInt16LE(12) : 0,
      ...answer,
    });
    const command = packet.length >= MIN_REQUEST_BYTES ? packet.readUInt16LE(10) : null;
    for (const delayMs of this.faults.outgoing(command)) {
      if (delayMs === 0) this.#send(reply, from);
      else this.#after(delayMs, () => this.#send(reply, from));
    }
  }

  #send(reply: Buffer, { port, address }: RemoteInfo): void {
    this.sent++;
    this.#socket.send(reply, port, address);
  }

  #after(ms: number, then: () => void): void {
    if (ms === 0) {
      setImmediate(() => {
        if (!this.#closed) then();
      });
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
  }
}

function isAsItShouldBe({ padding, flags, tag, source, addresses }: RequestHeader): boolean {
  return (
    padding === 0 &&
    flags === Flags.replyExpected &&
    tag === 0xff &&
    source === 0xff &&
    addresses === 0
  );
}
