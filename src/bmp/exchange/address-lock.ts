/**
 * One user at a time per IP address. There is a frame queue for each BMP address as configured; two
 * of one BMP (its host name and its IP address, before and after a reload) would otherwise have two
 * queues talk to it at once, which has crashed real ones.
 */
import type { IpAddress } from "./address.js";

export class AddressLock {
  /** By IP address: settled when the last user so far is done. */
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` when all that came before it for that IP address is over. */
  async run<Result>({ ip }: IpAddress, work: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(ip);
    const { promise: tail, resolve: leave } = deferred();
    this.#tails.set(ip, tail);
    await before;
    try {
      return await work();
    } finally {
      if (this.#tails.get(ip) === tail) this.#tails.delete(ip);
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
