/**
 * What this computer lacks to reach its BMPs: files, memory, ports, permission. It counts against no
 * BMP. Who meets it waits, and tries again until it works; the log says so once.
 */
import { ownLack } from "../../domain/own-lack.js";
import type { Log } from "../../engine/contract/log.js";

const LACKS_OF_SOCKETS: ReadonlyMap<string, string> = new Map([
  [
    "EAGAIN",
    "this computer has no port left for another socket: widen the sysctl net.ipv4.ip_local_port_range",
  ],
  [
    "EADDRINUSE",
    "this computer has no port left for another socket: widen the sysctl net.ipv4.ip_local_port_range",
  ],
  [
    "EACCES",
    "this process may not do that: look at what confines it (RestrictAddressFamilies=, SELinux)",
  ],
  [
    "EPERM",
    "this process may not send there: look at the firewall of this computer, and IPAddressDeny=",
  ],
]);

const RETRY_MS = 1_000;

/**
 * What it lacks, or null where it is none of that. Whoever may not connect to an address has a wrong
 * one: it is a broadcast address.
 */
export function lackOf(error: unknown): string | null {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (!(cause instanceof Error)) return null;
  const isConnect = "syscall" in cause && cause.syscall === "connect";
  if (isConnect && "code" in cause && cause.code === "EACCES") return null;
  return ownLack(cause, LACKS_OF_SOCKETS);
}

interface Lack {
  readonly sinceMs: number;
  /** How many wait because of it. */
  waiting: number;
}

export class OwnLacks {
  readonly #log: Log | null;
  readonly #lacks = new Map<string, Lack>();
  /** In the order in which they came. */
  readonly #waits = new Set<() => void>();

  constructor(log: Log | null = null) {
    this.#log = log;
  }

  /** What the attempt comes to, once it is not kept from it by a lack. */
  async retrying<Result>(bmp: string, attempt: () => Promise<Result>): Promise<Result> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const lack = lackOf(error);
        if (lack === null) throw error;
        await this.wait(bmp, lack);
      }
    }
  }

  /** Until it is worth another try. */
  async wait(bmp: string, lack: string): Promise<void> {
    const known = this.#lacks.get(lack) ?? this.#begins(bmp, lack);
    known.waiting += 1;
    await this.#someTime();
    known.waiting -= 1;
    // Who has tried again in vain is waiting again by then.
    setTimeout(() => this.#endsIfOver(lack, known), RETRY_MS / 2).unref();
  }

  /** Something was given back: the one that has waited longest tries again at once. */
  freed(): void {
    const [first] = this.#waits;
    first?.();
  }

  #someTime(): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        clearTimeout(timer);
        this.#waits.delete(go);
        resolve();
      };
      const timer = setTimeout(go, RETRY_MS);
      this.#waits.add(go);
    });
  }

  #begins(bmp: string, lack: string): Lack {
    const begun = { sinceMs: performance.now(), waiting: 0 };
    this.#lacks.set(lack, begun);
    this.#log?.error(
      { bmp, lack },
      `BMP ${bmp} cannot be reached from here: ${lack}. That counts against no BMP: what is to be done there waits, and is tried again until it works`,
    );
    return begun;
  }

  #endsIfOver(lack: string, known: Lack): void {
    if (known.waiting > 0 || this.#lacks.get(lack) !== known) return;
    this.#lacks.delete(lack);
    const seconds = Math.round((performance.now() - known.sinceMs) / 1000);
    this.#log?.warn(
      { lack },
      `after ${seconds} s, BMPs can be reached again that this server was kept from: ${lack}`,
    );
  }
}
