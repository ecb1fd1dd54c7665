/**
 * From the address of a BMP as configured, a host name or an IP address, to an IP address. Names are
 * resolved anew each time a frame gets work, so that a BMP may move; while the name service is down,
 * the last IP address stays in use.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { BmpError } from "./errors.js";

const LOOKUP_TIMEOUT_MS = 5_000;

export interface IpAddress {
  readonly ip: string;
  readonly family: 4 | 6;
}

export interface ResolvedAddress extends IpAddress {
  /** Why the host name could not be resolved this time; its last IP address is used instead. */
  readonly unresolved: string | null;
}

/** Asks the name service; throws when it has no answer. */
type Lookup = (hostName: string) => Promise<{ readonly address: string; readonly family: number }>;

/** BMPs speak IPv4. */
const preferringIpv4: Lookup = (hostName) => lookup(hostName, { verbatim: false });

export class AddressBook {
  readonly #lookup: Lookup;
  readonly #lastKnown = new Map<string, IpAddress>();

  constructor(lookUp: Lookup = preferringIpv4) {
    this.#lookup = lookUp;
  }

  /** Throws {@link BmpError} for a host name that cannot be resolved and never could. */
  async resolve(bmpAddress: string): Promise<ResolvedAddress> {
    const literal = isIP(bmpAddress);
    if (literal !== 0) {
      return { ip: bmpAddress, family: literal === 6 ? 6 : 4, unresolved: null };
    }
    try {
      const found = await withTimeout(this.#lookup(bmpAddress));
      const address: IpAddress = { ip: found.address, family: found.family === 6 ? 6 : 4 };
      this.#lastKnown.set(bmpAddress, address);
      return { ...address, unresolved: null };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const known = this.#lastKnown.get(bmpAddress);
      if (known !== undefined) return { ...known, unresolved: reason };
      throw new BmpError(
        "unreachable",
        `host name ${bmpAddress} could not be resolved: ${reason}`,
        {
          cause: error,
        },
      );
    }
  }
}

async function withTimeout<Found>(search: Promise<Found>): Promise<Found> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer from the name service in ${LOOKUP_TIMEOUT_MS / 1000} s`)),
      LOOKUP_TIMEOUT_MS,
    );
  });
  try {
    return await Promise.race([search, late]);
  } finally {
    clearTimeout(timer);
  }
}
