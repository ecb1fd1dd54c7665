/** Which BMPs a configuration names, and which boards are behind each. */

import type { ConfigurationDescription } from "../config/description.js";
import type { FramePosition } from "../domain/machine.js";
import type { BoardIdentity } from "./board.js";
import { SimulatorError } from "./error.js";

export interface FrameLayout {
  readonly host: string;
  readonly position: FramePosition;
  readonly machine: string;
  readonly boards: readonly { readonly number: number; readonly identity: BoardIdentity }[];
}

/** Throws {@link SimulatorError} when two frames have one BMP. */
export function frameLayouts({ machines }: ConfigurationDescription): FrameLayout[] {
  const layouts = machines.flatMap((machine) =>
    machine.bmpIps.map(([position, host]) => ({
      host,
      position,
      machine: machine.name,
      boards: machine.boardLocations
        .filter(([, [cabinet, frame]]) => cabinet === position[0] && frame === position[1])
        .map(([board, [, , number]]) => ({
          number,
          identity: { machine: machine.name, board },
        })),
    })),
  );
  const seen = new Map<string, FrameLayout>();
  for (const layout of layouts) {
    const other = seen.get(layout.host);
    if (other !== undefined) {
      throw new SimulatorError(
        `${layout.host} is the BMP of two frames: ${nameOf(other)} and ${nameOf(layout)}`,
      );
    }
    seen.set(layout.host, layout);
  }
  return layouts;
}

/** "machine m, cabinet 0, frame 1". */
export function nameOf({ machine, position: [cabinet, frame] }: FrameLayout): string {
  return `machine ${machine}, cabinet ${cabinet}, frame ${frame}`;
}
