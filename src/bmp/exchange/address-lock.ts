/**
 * One user at a time per BMP address. The queues of frames are per host name as configured; two
 * names of one BMP (an address and its name, before and after a reload) would otherwise make two
 * queues talk to it at once, which has crashed real ones.
 */
import type { Address } from "./address.js";

export class AddressLock {
  /** By address: settled when the last user so far is done. */
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` when all that came earlier for that address is over. */
  async run<Result>({ address }: Address, work: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(address);
    const { promise: tail, resolve: leave } = deferred();
    this.#tails.set(address, tail);
    await before;
    try {
      return await work();
    } finally {
      if (this.#tails.get(address) === tail) this.#tails.delete(address);
      leave();
    }
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
