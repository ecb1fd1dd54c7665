/** Which BMPs a configuration names, and which boards are in the frame of each. */

import type { ConfigurationDescription } from "../config/description.js";
import { type FramePosition, USUAL_FPGA_IDS } from "../domain/machine.js";
import { frameName } from "../domain/names.js";
import type { BoardIdentity } from "./board.js";
import { SimulatorError } from "./error.js";

export interface FrameLayout {
  /** As configured. */
  readonly bmpAddress: string;
  readonly position: FramePosition;
  readonly machine: string;
  readonly boards: readonly BoardLayout[];
}

interface BoardLayout {
  readonly number: number;
  readonly identity: BoardIdentity;
  /** As configured; empty when it is not. */
  readonly spinnakerAddress: string;
}

/** Throws {@link SimulatorError} when two frames have the same BMP. */
export function frameLayouts({ machines }: ConfigurationDescription): FrameLayout[] {
  const layouts = machines.flatMap((machine) => {
    const fpgaIds = new Map((machine.fpgaIds ?? []).map(([board, ids]) => [board.join(), ids]));
    const spinnakerAddresses = new Map(
      machine.spinnakerIps.map(([board, address]) => [board.join(), address]),
    );
    return machine.bmpIps.map(([position, bmpAddress]) => ({
      bmpAddress,
      position,
      machine: machine.name,
      boards: machine.boardLocations
        .filter(([, [cabinet, frame]]) => cabinet === position[0] && frame === position[1])
        .map(([board, [, , number]]) => ({
          number,
          identity: {
            machine: machine.name,
            board,
            fpgaIds: fpgaIds.get(board.join()) ?? USUAL_FPGA_IDS,
          },
          spinnakerAddress: spinnakerAddresses.get(board.join()) ?? "",
        })),
    }));
  });
  const seen = new Map<string, FrameLayout>();
  for (const layout of layouts) {
    const other = seen.get(layout.bmpAddress);
    if (other !== undefined) {
      throw new SimulatorError(
        `${layout.bmpAddress} is the BMP of two frames, ${nameOf(other)} and ${nameOf(layout)}; give each its own`,
      );
    }
    seen.set(layout.bmpAddress, layout);
  }
  return layouts;
}

/** "machine spin, cabinet 0, frame 1". */
export function nameOf({ machine, position }: FrameLayout): string {
  return frameName(machine, position);
}
