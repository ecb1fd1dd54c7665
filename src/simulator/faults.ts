/**
 * How one BMP misbehaves. Stands between the network and the firmware, both ways: packets in, what
 * the firmware makes of them, packets out. All chance comes from the seed.
 */
import type { Request } from "../bmp/wire/packet.js";
import type { Random } from "./random.js";

/** Chances are 0 … 1. */
export interface PacketFaults {
  readonly loss: number;
  readonly duplication: number;
  /** Each packet is delayed by a random time up to this, and so overtaken by others. */
  readonly maxDelayMs: number;
}

export interface Refusal {
  readonly command: number;
  /** Any board when left out. */
  readonly board?: number;
  readonly returnCode: number;
  /** How many requests are refused. */
  times: number;
}

const NO_PACKET_FAULTS: PacketFaults = { loss: 0, duplication: 0, maxDelayMs: 0 };

export class Faults {
  /** Neither hears nor answers. */
  silent = false;
  requests = NO_PACKET_FAULTS;
  replies = NO_PACKET_FAULTS;
  readonly #lostReplies = new Map<number, number>();
  readonly #refusals: Refusal[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Answers requests with a return code instead of carrying them out. */
  refuse(refusal: Refusal): void {
    this.#refusals.push(refusal);
  }

  /** Delays in ms of the copies of a request that arrive. */
  incoming(): number[] {
    return this.silent ? [] : this.#copies(this.requests);
  }

  /** So many replies to that command are lost from now on. */
  loseRepliesTo(command: number, times: number): void {
    this.#lostReplies.set(command, times);
  }

  /** Delays in ms of the copies of a reply that leave; null for the reply to no command at all. */
  outgoing(command: number | null): number[] {
    if (this.silent) return [];
    const lost = command === null ? 0 : (this.#lostReplies.get(command) ?? 0);
    if (command !== null && lost > 0) {
      this.#lostReplies.set(command, lost - 1);
      return [];
    }
    return this.#copies(this.replies);
  }

  /** The return code to answer with, or null to carry the request out. */
  refusalOf({ command, board }: Request): number | null {
    const refusal = this.#refusals.find(
      (each) =>
        each.times > 0 &&
        each.command === command &&
        (each.board === undefined || each.board === board),
    );
    if (refusal === undefined) return null;
    refusal.times--;
    return refusal.returnCode;
  }

  #copies({ loss, duplication, maxDelayMs }: PacketFaults): number[] {
    const delay = () => Math.floor(this.#random() * (maxDelayMs + 1));
    if (this.#random() < loss) return [];
    return this.#random() < duplication ? [delay(), delay()] : [delay()];
  }
}
