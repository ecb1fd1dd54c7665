/** Bytes of which few are ever written: only the pages that were are kept. */
const PAGE_BYTES = 4096;

export class SparseMemory {
  readonly size: number;
  readonly #fill: number;
  readonly #pages = new Map<number, Buffer>();

  /** @param fill what every byte is until it is written */
  constructor(size: number, fill: number) {
    this.size = size;
    this.#fill = fill;
  }

  has(start: number, length: number): boolean {
    return start >= 0 && start + length <= this.size;
  }

  read(start: number, length: number): Buffer {
    const bytes = Buffer.alloc(length, this.#fill);
    this.#eachPage(start, length, (page, at, from, to) => {
      this.#pages.get(page)?.copy(bytes, at, from, to);
    });
    return bytes;
  }

  write(start: number, bytes: Buffer): void {
    this.#eachPage(start, bytes.length, (page, at, from, to) => {
      let kept = this.#pages.get(page);
      if (kept === undefined) {
        kept = Buffer.alloc(PAGE_BYTES, this.#fill);
        this.#pages.set(page, kept);
      }
      bytes.copy(kept, from, at, at + to - from);
    });
  }

  /** Makes it as it was before anything was written. */
  clear(): void {
    this.#pages.clear();
  }

  /** Calls back with each page, where its part is in the whole, and from where to where in the page. */
  #eachPage(
    start: number,
    length: number,
    visit: (page: number, at: number, from: number, to: number) => void,
  ): void {
    for (let at = 0; at < length; ) {
      const from = (start + at) % PAGE_BYTES;
      const to = Math.min(PAGE_BYTES, from + length - at);
      visit((start + at - from) / PAGE_BYTES, at, from, to);
      at += to - from;
    }
  }
}
