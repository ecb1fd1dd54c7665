/**
 * How the work for BMPs ends when the server stops, within bounds. What is not done then is in the
 * saved state, and the next start orders it again.
 *
 *   open     anything goes
 *   ending   what runs goes on; nothing else begins, and nothing is tried once more
 *   sealed   no packet is sent any more; the replies to those that were are waited for
 *
 *   halted   likewise, from this moment and from whatever state: the server has lost its state
 *
 * Work and packets that may not begin stay where they are: their promises never settle.
 */
/** One word of memory that threads share. */
export type HaltFlag = Int32Array<SharedArrayBuffer>;

export class Ending {
  #state: "open" | "ending" | "sealed" = "open";
  #running = 0;
  #packets = 0;
  #over: (() => void) | null = null;
  readonly #halt: HaltFlag | null;

  /** @param halt not 0 once no packet may be sent any more; another thread may set it */
  constructor(halt: HaltFlag | null = null) {
    this.#halt = halt;
  }

  /**
   * @param sealAfterMs until no packet is sent any more
   * @param over called once, when nothing runs, or no packet is under way once it is sealed
   */
  begin(sealAfterMs: number, over: () => void): void {
    this.#state = "ending";
    this.#over = over;
    setTimeout(() => {
      this.#state = "sealed";
      this.#checkSoon();
    }, sealAfterMs);
    this.#checkSoon();
  }

  /** Work that goes on while the server is ending, once it has begun. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#state !== "open") return never();
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#checkSoon();
    }
  }

  /** One packet, and the wait for its reply. */
  async packet<Result>(exchange: () => Promise<Result>): Promise<Result> {
    const isHalted = this.#halt !== null && Atomics.load(this.#halt, 0) !== 0;
    if (isHalted || this.#state === "sealed") return never();
    this.#packets += 1;
    try {
      return await exchange();
    } finally {
      this.#packets -= 1;
      this.#checkSoon();
    }
  }

  /** In a turn of its own: what came of the work is reported first. */
  #checkSoon(): void {
    if (this.#over === null) return;
    setImmediate(() => {
      const isOver = this.#running === 0 || (this.#state === "sealed" && this.#packets === 0);
      if (!isOver || this.#over === null) return;
      this.#over();
      this.#over = null;
    });
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
