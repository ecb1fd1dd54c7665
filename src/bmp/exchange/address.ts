/**
 * From the host name of a BMP to its address. Names are looked up anew each time a frame gets work,
 * so that a BMP may move; while the name service is out, the last address goes on being used.
 */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { BmpError } from "./errors.js";

const LOOKUP_LIMIT_MS = 5_000;

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Asks the name service; throws when it has no answer. */
type Lookup = (host: string) => Promise<{ readonly address: string; readonly family: number }>;

/** BMPs speak IPv4. */
const preferringIpv4: Lookup = (host) => lookup(host, { verbatim: false });

export class AddressBook {
  readonly #lookup: Lookup;
  readonly #known = new Map<string, Address>();

  constructor(look: Lookup = preferringIpv4) {
    this.#lookup = look;
  }

  /** Throws {@link BmpError} for a name that has no address and never had one. */
  async find(host: string): Promise<Address> {
    const literal = isIP(host);
    if (literal !== 0) return { address: host, family: literal === 6 ? 6 : 4 };
    try {
      const found = await withinLimit(this.#lookup(host));
      const address: Address = { address: found.address, family: found.family === 6 ? 6 : 4 };
      this.#known.set(host, address);
      return address;
    } catch (error) {
      const known = this.#known.get(host);
      if (known !== undefined) return known;
      const reason = error instanceof Error ? error.message : String(error);
      throw new BmpError("unreachable", `its name ${host} was not found: ${reason}`, {
        cause: error,
      });
    }
  }
}

async function withinLimit<Found>(search: Promise<Found>): Promise<Found> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer from the name service in ${LOOKUP_LIMIT_MS / 1000} s`)),
      LOOKUP_LIMIT_MS,
    );
  });
  try {
    return await Promise.race([search, late]);
  } finally {
    clearTimeout(timer);
  }
}
