/** Lines of one client that wait for their turn; the last one may be the fault that ends them. */
import type { ProtocolFault } from "./errors.js";

/** Inputs taken before their room is given back. */
const COMPACT_AFTER = 1024;

export class InputQueue {
  private inputs: (string | ProtocolFault)[] = [];
  private next = 0;

  get length(): number {
    return this.inputs.length - this.next;
  }

  add(lines: readonly string[], fault: ProtocolFault | null): void {
    for (const line of lines) this.inputs.push(line);
    if (fault !== null) this.inputs.push(fault);
  }

  /** The oldest input. There must be one. */
  take(): string | ProtocolFault {
    const input = this.inputs[this.next++]!;
    if (this.length === 0) this.clear();
    else if (this.next >= COMPACT_AFTER && this.next * 2 > this.inputs.length) {
      this.inputs = this.inputs.slice(this.next);
      this.next = 0;
    }
    return input;
  }

  clear(): void {
    if (this.inputs.length > 0) this.inputs = [];
    this.next = 0;
  }
}
