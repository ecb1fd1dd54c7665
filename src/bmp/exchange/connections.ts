/**
 * One connection at a time to each IP address, and none before the BMP there can be done with what
 * it was sent over the one before.
 *
 * There is a frame queue for each BMP address as configured; two of one BMP (its host name and its IP
 * address, before and after a reload) would otherwise have two queues talk to it at once, which has
 * crashed real ones.
 */
import type { IpAddress } from "./address.js";
import { LocalPorts } from "./bmp-socket.js";
import { BmpConnection, type ConnectionOptions } from "./connection.js";
import { OwnLacks } from "./own-lacks.js";

export class Connections {
  readonly #port: number;
  readonly #options: ConnectionOptions;
  readonly lacks: OwnLacks;
  /** By IP address: settled when the last connection so far is closed. */
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * @param port UDP port of all BMPs
   */
  constructor(port: number, options: ConnectionOptions = {}) {
    this.#port = port;
    this.lacks = options.lacks ?? new OwnLacks();
    this.#options = { ports: new LocalPorts(), ...options, lacks: this.lacks };
  }

  /**
   * Runs `work` on a connection of its own, when all that came before it for that IP address is over.
   * Throws {@link BmpError} when no socket can be opened to that address; where this computer has none
   * to open, it waits for one.
   */
  async run<Result>(
    address: IpAddress,
    work: (connection: BmpConnection) => Promise<Result>,
  ): Promise<Result> {
    const { ip } = address;
    const before = this.#tails.get(ip);
    const { promise: tail, resolve: closed } = deferred();
    this.#tails.set(ip, tail);
    await before;
    let connection: BmpConnection | null = null;
    try {
      connection = await this.lacks.retrying(ip, () =>
        BmpConnection.open(address, this.#port, this.#options),
      );
      return await work(connection);
    } finally {
      void this.#closeWhenFree(connection).then(() => {
        if (this.#tails.get(ip) === tail) this.#tails.delete(ip);
        closed();
      });
    }
  }

  async #closeWhenFree(connection: BmpConnection | null): Promise<void> {
    await connection?.whenFree();
    connection?.close();
    this.lacks.freed();
  }
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
