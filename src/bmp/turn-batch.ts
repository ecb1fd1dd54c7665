/** Collects what one turn of the event loop brings and hands it on in one piece, in order. */
export class TurnBatch<Item> {
  readonly #handOn: (items: readonly Item[]) => void;
  #items: Item[] = [];

  constructor(handOn: (items: readonly Item[]) => void) {
    this.#handOn = handOn;
  }

  add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length > 1) return;
    setImmediate(() => {
      const items = this.#items;
      this.#items = [];
      this.#handOn(items);
    });
  }
}
