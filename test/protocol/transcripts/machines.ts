/** The machines that the transcripts were recorded with, as far as comparing needs them. */
import { boardIndex } from "../../../src/domain/board.js";

export interface RecordedMachine {
  readonly width: number;
  readonly height: number;
  readonly network: string;
  readonly dead: readonly string[];
}

const MACHINES: { readonly [name: string]: RecordedMachine } = {
  m: { width: 4, height: 2, network: "127.11", dead: ["3,1,2"] },
  t: { width: 1, height: 1, network: "127.12", dead: [] },
  s: { width: 1, height: 1, network: "127.13", dead: ["0,0,1", "0,0,2"] },
};

export function recordedMachine(name: string): RecordedMachine {
  const machine = MACHINES[name];
  if (machine === undefined) throw new Error(`no machine ${name} in the transcripts`);
  return machine;
}

/** All boards are in frame 0 of cabinet 0, where addresses are eight apart. */
export function addressOf(name: string, [x, y, z]: readonly [number, number, number]): string {
  const machine = recordedMachine(name);
  return `${machine.network}.0.${boardIndex([x, y, z], machine) * 8 + 1}`;
}
