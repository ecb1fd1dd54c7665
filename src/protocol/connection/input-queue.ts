/** Lines of one client that wait to be handled; the last one may be the fault that ends them. */
import type { ProtocolFault } from "../requests/errors.js";

type Input = string | ProtocolFault;

/** Inputs taken before their memory is given back. */
const COMPACT_AFTER = 1024;
const NONE: readonly Input[] = [];

export class InputQueue {
  private inputs: readonly Input[] = NONE;
  /** The inputs, where they are a list of this queue alone: more are added to it. */
  private own: Input[] | null = null;
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
    if (this.length === 0 && fault === null) this.inputs = lines;
    else if (lines.length > 0 || fault !== null) {
      this.own ??= this.compact();
      for (const line of lines) this.own.push(line);
      if (fault !== null) this.own.push(fault);
    }
    for (const line of lines) this.waitingBytes += line.length;
  }

  /** Takes the oldest input; there must be one. */
  take(): Input {
    const input = this.inputs[this.next++]!;
    if (typeof input === "string") this.waitingBytes -= input.length;
    if (this.length === 0) this.clear();
    else if (this.next >= COMPACT_AFTER && this.next * 2 > this.inputs.length) {
      this.own = this.compact();
    }
    return input;
  }

  clear(): void {
    this.inputs = NONE;
    this.own = null;
    this.next = 0;
    this.waitingBytes = 0;
  }

  /** A list of what waits, in the place of the one before. */
  private compact(): Input[] {
    const inputs = this.inputs.slice(this.next);
    this.inputs = inputs;
    this.next = 0;
    return inputs;
  }
}
