/** The machines that the transcripts were recorded with, as far as comparing needs them. */
import { boardIndex } from "../../../src/domain/board.js";

export interface RecordedMachine {
  readonly width: number;
  readonly height: number;
  /** Of its addresses as recorded, the first three numbers. */
  readonly network: string;
  readonly dead: readonly string[];
}

const MACHINES: { readonly [name: string]: RecordedMachine } = {
  m: { width: 4, height: 2, network: "127.11.0", dead: ["3,1,2"] },
  t: { width: 1, height: 1, network: "127.12.0", dead: [] },
  s: { width: 1, height: 1, network: "127.13.0", dead: ["0,0,1", "0,0,2"] },
};

export function recordedMachine(name: string): RecordedMachine {
  const machine = MACHINES[name];
  if (machine === undefined) throw new Error(`no machine ${name} in the transcripts`);
  return machine;
}

/** All boards are in frame 0 of cabinet 0, where addresses are eight apart. */
export function addressOf(name: string, [x, y, z]: readonly [number, number, number]): string {
  const machine = recordedMachine(name);
  return `${machine.network}.${boardIndex([x, y, z], machine) * 8 + 1}`;
}

/**
 * The networks of the recording, moved into another: two processes cannot have the recorded ones at once.
 * @param network `127.N`
 */
export class MovedAddresses {
  private readonly moved: readonly (readonly [recorded: string, ours: string])[];

  constructor(network: string) {
    this.moved = Object.values(MACHINES).map(({ network: recorded }, i) => [
      `${recorded}.`,
      `${network}.${i}.`,
    ]);
  }

  /** A text with recorded addresses, with ours in their place. */
  toOurs(text: string): string {
    return this.moved.reduce((moved, [recorded, ours]) => moved.replaceAll(recorded, ours), text);
  }

  toRecorded(text: string): string {
    return this.moved.reduce((moved, [recorded, ours]) => moved.replaceAll(ours, recorded), text);
  }
}
