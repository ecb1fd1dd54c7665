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
 * What a client must not do, but what real hardware does not answer with an error, is counted as a
 * violation: above all a request that arrives while another is under way.
 */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import {
  type BmpRequest,
  decodeRequest,
  encodeReply,
  MAX_REQUEST_BYTES,
  MIN_REQUEST_BYTES,
  NO_DATA,
  PacketFlags,
  type RequestHeader,
} from "../bmp/wire/packet.js";
import { ReturnCode } from "../bmp/wire/return-codes.js";
import type { FaultEffect, Faults } from "./faults.js";
import type { PendingWork, SimulatedFrame } from "./frame.js";
import type { PacketLog } from "./packet-log.js";

const BUFFERS = 8;

export interface UdpEndpoint {
  /** As configured. */
  readonly bmpAddress: string;
  readonly ip: string;
  readonly family: 4 | 6;
  readonly port: number;
}

/** What clients sent that they must not send. */
export interface PacketViolations {
  /** A request came while another was under way. */
  overlaps: number;
  /** A request was dropped because all buffers were full. */
  overflows: number;
  /** A request was too short or too long. */
  lengths: number;
  /** A request with a wrong header field. */
  headers: number;
}

interface Buffered {
  readonly packet: Buffer;
  readonly from: RemoteInfo;
  /** Null for a packet too short to be one. */
  readonly request: BmpRequest | null;
  /** The fault it met with on its way. */
  readonly effect: FaultEffect | null;
  /** Delayed or duplicated by a fault: overlaps with it are not the client's fault. */
  readonly tampered: boolean;
}

export class BmpEndpoint {
  readonly endpoint: UdpEndpoint;
  readonly frame: SimulatedFrame;
  readonly faults: Faults;
  readonly violations: PacketViolations = { overlaps: 0, overflows: 0, lengths: 0, headers: 0 };
  /** Packets that arrived, and replies that were sent. */
  received = 0;
  sent = 0;
  /** Requests carried out or refused, by command code. */
  readonly commands = new Map<number, number>();
  readonly #socket: Socket;
  /** The first one is under way. */
  readonly #buffers: Buffered[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #log: PacketLog;
  #closed = false;
  /** Grows with each restart: what was begun in an earlier one is lost. */
  #generation = 0;

  constructor(endpoint: UdpEndpoint, frame: SimulatedFrame, faults: Faults, log: PacketLog) {
    this.endpoint = endpoint;
    this.frame = frame;
    this.faults = faults;
    this.#log = log;
    this.#socket = createSocket(endpoint.family === 6 ? "udp6" : "udp4");
    this.#socket.on("message", (packet, from) => this.#arrived(packet, from));
  }

  /** Throws the error of the system when the socket cannot be bound. */
  async listen(): Promise<void> {
    const { ip, port } = this.endpoint;
    this.#socket.bind({ address: ip, port, exclusive: true });
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

  /** Drops what it had to do, and neither hears nor answers for a while. */
  restart(downMs: number, powerOff: boolean): void {
    this.#dropAll();
    this.faults.silent = true;
    this.frame.restart(powerOff);
    this.#after(downMs, () => {
      this.faults.silent = false;
    });
  }

  #arrived(packet: Buffer, from: RemoteInfo): void {
    this.received++;
    const request = packet.length < MIN_REQUEST_BYTES ? null : decodeRequest(packet);
    const underWay = this.#buffers[0];
    const overlaps = underWay !== undefined && !underWay.tampered;
    const { faults } = this;
    const effect = request === null || faults.silent ? null : faults.effectOn(request);
    const copies = faults.incoming();
    if (effect?.effect === "doubleRequest") copies.push(0);
    const lost = copies.length === 0 || effect?.effect === "loseRequest" || this.#goesDown(effect);
    const bmp = this.endpoint.bmpAddress;
    if (lost) {
      this.#log.request(request, { bmp, fate: "lost", tampered: false, overlaps: false });
      return;
    }
    if (overlaps) this.violations.overlaps++;
    copies.forEach((delayMs, copy) => {
      const tampered = copy > 0 || delayMs > 0;
      const buffered = { packet, from, request, effect, tampered };
      const arrive = () => {
        const fate = this.#buffer(buffered) ? "passed" : "dropped";
        this.#log.request(request, { bmp, fate, tampered, overlaps: overlaps && !tampered });
      };
      if (delayMs === 0) arrive();
      else this.#after(delayMs, arrive);
    });
  }

  /** Whether the request takes the BMP down; it is lost then. */
  #goesDown(effect: FaultEffect | null): boolean {
    if (effect?.effect === "restart") {
      this.restart(effect.downMs, effect.powerOff);
      return true;
    }
    if (effect?.effect !== "die" || effect.carriedOut) return false;
    this.#die();
    return true;
  }

  #die(): void {
    this.#dropAll();
    this.faults.silent = true;
  }

  #dropAll(): void {
    this.#generation++;
    this.#buffers.length = 0;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  /** @returns whether there was room for it. */
  #buffer(buffered: Buffered): boolean {
    if (this.#buffers.length >= BUFFERS) {
      this.violations.overflows++;
      return false;
    }
    this.#buffers.push(buffered);
    if (this.#buffers.length === 1) this.#next();
    return true;
  }

  #next(): void {
    const buffered = this.#buffers[0];
    if (buffered === undefined) return;
    const work = this.#workFor(buffered);
    this.#after(work?.ms ?? 0, () => {
      this.#buffers.shift();
      if (work !== null) this.#answer(buffered, work);
      this.#next();
    });
  }

  /** Null for a packet that is dropped. */
  #workFor({ packet, effect }: Buffered): PendingWork | null {
    if (packet.length < MIN_REQUEST_BYTES || packet.length > MAX_REQUEST_BYTES) {
      this.violations.lengths++;
      if (packet.length > MAX_REQUEST_BYTES) return null;
      const answer = { returnCode: ReturnCode.badLength, payload: NO_DATA };
      return { ms: 0, complete: () => answer };
    }
    const { header, ...request } = decodeRequest(packet);
    if (!hasValidHeader(header)) this.violations.headers++;
    if (header.flags !== PacketFlags.replyExpected && header.flags !== PacketFlags.noReply)
      return null;
    this.commands.set(request.command, (this.commands.get(request.command) ?? 0) + 1);
    if (effect?.effect === "refuse") {
      const { returnCode } = effect;
      return { ms: 0, complete: () => ({ returnCode, payload: NO_DATA }) };
    }
    return this.frame.work(request, header.port);
  }

  #answer({ packet, from, effect, tampered }: Buffered, { complete }: PendingWork): void {
    const answer = complete();
    if (packet[2] === PacketFlags.noReply) return;
    const reply = {
      board: (packet[4] ?? 0) & 0x1f,
      // A packet too short to have a sequence number has none to be matched by.
      sequence: packet.length >= 14 ? packet.readUInt16LE(12) : 0,
      ...answer,
    };
    // A copy made by a fault is answered like any other; the effect is only for the first.
    const met = tampered ? null : effect;
    if (met?.effect === "die") this.#die();
    const copies = this.faults.outgoing();
    const bmp = this.endpoint.bmpAddress;
    if (copies.length === 0 || met?.effect === "loseReply") {
      this.#log.reply(reply, { bmp, fate: "lost", tampered: false });
      return;
    }
    if (met?.effect === "doubleReply") copies.push(0);
    const lateMs = met?.effect === "delayReply" ? met.ms : 0;
    copies.forEach((delayMs, copy) => {
      const send = () => {
        this.#log.reply(reply, { bmp, fate: "passed", tampered: copy > 0 || delayMs + lateMs > 0 });
        this.#send(encodeReply(reply), from);
      };
      if (delayMs + lateMs === 0) send();
      else this.#after(delayMs + lateMs, send);
    });
  }

  #send(reply: Buffer, { port, address }: RemoteInfo): void {
    this.sent++;
    this.#socket.send(reply, port, address, (error) => {
      if (error === null) return;
      process.emitWarning(
        `the simulated BMP ${this.endpoint.bmpAddress} could not reply to ${address}, UDP port ${port}: ${error.message}`,
      );
    });
  }

  #after(ms: number, then: () => void): void {
    const life = this.#generation;
    if (ms === 0) {
      setImmediate(() => {
        if (!this.#closed && life === this.#generation) then();
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

function hasValidHeader({ padding, flags, tag, source, addresses }: RequestHeader): boolean {
  return (
    padding === 0 &&
    flags === PacketFlags.replyExpected &&
    tag === 0xff &&
    source === 0xff &&
    addresses === 0
  );
}
