/**
 * How one BMP misbehaves. Stands between the network and the firmware, both ways: packets in, what
 * the firmware makes of them, packets out.
 *
 *   packets   each may be lost, duplicated or delayed (and so overtaken), by chance from the seed
 *   rules     after the first few, the next so many requests of a kind have a given effect
 *   silent    it neither hears nor answers
 */
import { CommandCode } from "../bmp/wire/commands.js";
import type { BmpRequest } from "../bmp/wire/packet.js";
import type { Random } from "./random.js";

/** Chances are 0 … 1. */
export interface PacketFaults {
  readonly loss: number;
  readonly duplication: number;
  /** Each packet is delayed by a random time up to this, and so overtaken by others. */
  readonly maxDelayMs: number;
}

/** What happens to one request. */
export type FaultEffect =
  /** It never arrives. */
  | { readonly effect: "loseRequest" }
  /** It arrives twice. */
  | { readonly effect: "doubleRequest" }
  /** It is carried out, but not answered. */
  | { readonly effect: "loseReply" }
  | { readonly effect: "doubleReply" }
  | { readonly effect: "delayReply"; readonly ms: number }
  /** It is answered with a return code, but not carried out. */
  | { readonly effect: "refuse"; readonly returnCode: number }
  /** The BMP falls silent for good when it arrives, or once it is carried out. */
  | { readonly effect: "die"; readonly carriedOut: boolean }
  /** The BMP restarts when it arrives: what it had to do is lost, and it is deaf for so long. */
  | { readonly effect: "restart"; readonly downMs: number; readonly powerOff: boolean };

/** Which requests have an effect. */
export interface FaultRule {
  /** Any command when left out. */
  readonly command?: number | undefined;
  /** Any board when left out. */
  readonly board?: number | undefined;
  /** Power-on or power-off only. */
  readonly on?: boolean | undefined;
  /** How many are spared first; 0 when left out. */
  readonly skip?: number | undefined;
  /** How many have it after these; 1 when left out. */
  readonly times?: number | undefined;
  readonly effect: FaultEffect;
}

const NO_PACKET_FAULTS: PacketFaults = { loss: 0, duplication: 0, maxDelayMs: 0 };

interface ArmedRule {
  readonly rule: FaultRule;
  spared: number;
  used: number;
}

export class Faults {
  /** Neither hears nor answers. */
  silent = false;
  requests = NO_PACKET_FAULTS;
  replies = NO_PACKET_FAULTS;
  #rules: ArmedRule[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  add(rule: FaultRule): void {
    this.#rules.push({ rule, spared: 0, used: 0 });
  }

  /** Rules that still have requests to come. */
  get rules(): readonly FaultRule[] {
    return this.#rules.map(({ rule }) => rule);
  }

  /** Ends all faults. */
  heal(): void {
    this.silent = false;
    this.requests = NO_PACKET_FAULTS;
    this.replies = NO_PACKET_FAULTS;
    this.#rules = [];
  }

  /** The effect that this request has; it is used up. */
  effectOn(request: BmpRequest): FaultEffect | null {
    for (const armed of this.#rules) {
      const { rule } = armed;
      if (!matches(rule, request)) continue;
      if (armed.spared < (rule.skip ?? 0)) {
        armed.spared++;
        continue;
      }
      armed.used++;
      if (armed.used >= (rule.times ?? 1)) this.#rules = this.#rules.filter((it) => it !== armed);
      return rule.effect;
    }
    return null;
  }

  /** Delays in ms of the copies of a request that arrive. */
  incoming(): number[] {
    return this.#copies(this.requests);
  }

  /** Delays in ms of the copies of a reply that leave. */
  outgoing(): number[] {
    return this.#copies(this.replies);
  }

  #copies({ loss, duplication, maxDelayMs }: PacketFaults): number[] {
    const delay = () => Math.floor(this.#random() * (maxDelayMs + 1));
    if (this.silent || this.#random() < loss) return [];
    return this.#random() < duplication ? [delay(), delay()] : [delay()];
  }
}

function matches({ command, board, on }: FaultRule, request: BmpRequest): boolean {
  if (command !== undefined && command !== request.command) return false;
  if (board !== undefined && board !== request.board) return false;
  if (on === undefined) return true;
  return request.command === CommandCode.power && (request.args[0] & 1) === (on ? 1 : 0);
}
