/** Answers of one connection that must be known to have been written, or not. */
import type { Delivery } from "../answers/answer.js";

/** Of answers that are written together. */
export type Batch = readonly Delivery[];

export class Deliveries {
  private open: Delivery[] = [];
  private readonly beingWritten = new Set<Batch>();

  add(delivery: Delivery): void {
    this.open.push(delivery);
  }

  /** Those added so far are to be written; undefined when there are none. */
  take(): Batch | undefined {
    if (this.open.length === 0) return undefined;
    const { open } = this;
    this.open = [];
    this.beingWritten.add(open);
    return open;
  }

  /** The last of these answers is being written. Returns what is to be called when that has succeeded or failed. */
  writing(batch: Batch): (error?: Error | null) => void {
    for (const delivery of batch) delivery.written();
    return (error) => {
      // One that failed is dealt with when the connection is closed, which follows.
      if (!error) this.beingWritten.delete(batch);
    };
  }

  /** The connection is closed. */
  fail(): void {
    const failed = [...[...this.beingWritten].flat(), ...this.open];
    this.beingWritten.clear();
    this.open = [];
    for (const delivery of failed) delivery.unwritten();
  }
}
