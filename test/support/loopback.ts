/**
 * Loopback addresses and ports that no other process uses, so that tests and benchmarks run beside
 * others on one machine.
 *
 *   network   127.N.0.0 to 127.N.255.255; belongs to the process that listens at its LOCK. However
 *             the process ends, the kernel closes the socket, and the network is free again
 *   ports     of 127.0.0.1: each network stands for a few, below those that the kernel gives out
 */
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** The second number of an address. 127.0 is everybody's, and 127.255 has a broadcast address. */
const FIRST = 1;
const LAST = 254;
/** Those of examples/, which may be running. */
const EXAMPLES: readonly number[] = [24, 100];
const LOCK = { address: "255.254", port: 23_999 };
const FIRST_PORT = 24_000;
const PORTS_PER_NETWORK = 32;

/** Held as long as the process lives; whatever it claims is one of them. */
const locks = new Map<number, Server>();
let own: Promise<number> | null = null;
let portsGiven = 0;

/** Of the one network that belongs to this process throughout: its first two numbers, `127.N`. */
export async function ownNetwork(): Promise<string> {
  own ??= claim(1);
  return `127.${await own}`;
}

/**
 * Claims that many networks, one after the other, for as long as the process lives.
 * @returns the first two numbers, `127.N`, of the first
 * @throws Error when there are not so many left
 */
export async function claimNetworks(count: number): Promise<string> {
  return `127.${await claim(count)}`;
}

/** A TCP port of 127.0.0.1 that nobody listens on; of UDP as well, unless this process uses it. */
export async function freePort(): Promise<number> {
  own ??= claim(1);
  const first = FIRST_PORT + (await own) * PORTS_PER_NETWORK;
  for (let tried = 0; tried < PORTS_PER_NETWORK; tried++) {
    const port = first + (portsGiven++ % PORTS_PER_NETWORK);
    const server = await listen("127.0.0.1", port);
    if (server === null) continue;
    server.close();
    await once(server, "close");
    return port;
  }
  throw new Error(`all ports from ${first} to ${first + PORTS_PER_NETWORK - 1} are in use`);
}

async function claim(count: number): Promise<number> {
  const starts = LAST - FIRST + 1;
  // Processes that start together begin to look at different ones.
  for (let i = 0; i < starts; i++) {
    const start = FIRST + ((process.pid + i) % starts);
    if (await lockAll(start, count)) return start;
  }
  throw new Error(`no ${count} networks of 127.0.0.0/8 in a row are free`);
}

/** Whether it has them all now; if not, it has none of them. */
async function lockAll(start: number, count: number): Promise<boolean> {
  const taken: [number, Server][] = [];
  for (let n = start; n < start + count; n++) {
    const isPossible = n <= LAST && !EXAMPLES.includes(n) && !locks.has(n);
    const server = isPossible ? await listen(`127.${n}.${LOCK.address}`, LOCK.port) : null;
    if (server === null) {
      for (const [, lock] of taken) lock.close();
      return false;
    }
    taken.push([n, server.unref()]);
  }
  for (const [n, lock] of taken) locks.set(n, lock);
  return true;
}

/** Null where somebody else listens. */
async function listen(host: string, port: number): Promise<Server | null> {
  const server = createServer();
  server.listen({ host, port });
  try {
    await once(server, "listening");
    return server;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return null;
    throw error;
  }
}
