/** Lines of one client that wait to be handled; the last one may be the fault that ends them. */
import type { ProtocolFault } from "../requests/errors.js";

type Input = string | ProtocolFault;

/** Inputs taken before their memory is given back. */
const COMPACT_AFTER = 1024;
const NONE: readonly Input[] = [];

export class InputQueue {
  private inputs: readonly Input[] = NONE;
  private next = 0;
  private waitingBytes = 0;

  get length(): number {
    return this.inputs.length - this.next;
  }

  /** Characters of the lines that wait. */
  get bytes(): number {
    return this.waitingBytes;
  }

  /** The lines may not change afterwards. */
  add(lines: readonly string[], fault: ProtocolFault | null): void {
    if (lines.length > 0) this.inputs = this.length === 0 ? lines : [...this.rest(), ...lines];
    if (fault !== null) this.inputs = [...this.rest(), fault];
    for (const line of lines) this.waitingBytes += line.length;
  }

  /** Takes the oldest input; there must be one. */
  take(): Input {
    const input = this.inputs[this.next++]!;
    if (typeof input === "string") this.waitingBytes -= input.length;
    if (this.length === 0) this.clear();
    else if (this.next >= COMPACT_AFTER && this.next * 2 > this.inputs.length) {
      this.inputs = this.rest();
    }
    return input;
  }

  clear(): void {
    this.inputs = NONE;
    this.next = 0;
    this.waitingBytes = 0;
  }

  private rest(): readonly Input[] {
    const rest = this.inputs.slice(this.next);
    this.next = 0;
    return rest;
  }
}
