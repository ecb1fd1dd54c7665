/** Collects the items of one turn of the event loop and passes them on together, in order. */
export class TurnBatch<Item> {
  readonly #passOn: (items: readonly Item[]) => void;
  #items: Item[] = [];

  constructor(passOn: (items: readonly Item[]) => void) {
    this.#passOn = passOn;
  }

  add(item: Item): void {
    this.#items.push(item);
    if (this.#items.length > 1) return;
    setImmediate(() => {
      const items = this.#items;
      this.#items = [];
      this.#passOn(items);
    });
  }
}
