/** The commands this server sends, and the arguments each takes. */
import { type BmpCommand, NO_DATA } from "./packet.js";

export const CommandCode = {
  version: 0,
  fpgaRead: 17,
  fpgaWrite: 18,
  led: 25,
  info: 48,
  power: 57,
} as const;

/** Argument 1 of the info command that asks for temperatures, voltages and fans. */
export const INFO_STATUS = 3;

const WORD_BYTES = 4;

/** Which firmware a board runs. */
export function versionCommand(board: number): BmpCommand {
  return { board, command: CommandCode.version, args: [0, 0, 0], data: NO_DATA };
}

/** Reads one register, by its address (a multiple of four), of FPGA 0, 1 or 2. */
export function fpgaReadCommand(board: number, fpga: number, register: number): BmpCommand {
  return {
    board,
    command: CommandCode.fpgaRead,
    args: [register, WORD_BYTES, fpga],
    data: NO_DATA,
  };
}

/** Writes one 32-bit word to one register of FPGA 0, 1 or 2. */
export function fpgaWriteCommand(
  board: number,
  fpga: number,
  register: number,
  value: number,
): BmpCommand {
  const data = Buffer.alloc(WORD_BYTES);
  data.writeUInt32LE(value);
  return { board, command: CommandCode.fpgaWrite, args: [register, WORD_BYTES, fpga], data };
}

/**
 * Powers boards of the frame on (which resets those that are on) or off. Always sent to board 0.
 *
 * @param delayMs pause between the boards, 0 … 65535
 */
export function powerCommand(on: boolean, boards: Iterable<number>, delayMs = 0): BmpCommand {
  return {
    board: 0,
    command: CommandCode.power,
    args: [((delayMs << 16) | (on ? 1 : 0)) >>> 0, boardMask(boards), 0],
    data: NO_DATA,
  };
}

/** What each LED, by its number 0 … 7, should do. */
export const LedAction = { toggle: 1, off: 2, on: 3 } as const;

export function ledCommand(
  board: number,
  led: number,
  action: (typeof LedAction)[keyof typeof LedAction],
): BmpCommand {
  return {
    board: 0,
    command: CommandCode.led,
    args: [(action << (2 * led)) >>> 0, boardMask([board]), 0],
    data: NO_DATA,
  };
}

/** Temperatures, voltages, fans and warnings of a board. */
export function statusCommand(board: number): BmpCommand {
  return { board, command: CommandCode.info, args: [INFO_STATUS, 0, 0], data: NO_DATA };
}

/** Bit b for board b. */
function boardMask(boards: Iterable<number>): number {
  let mask = 0;
  for (const board of boards) mask |= 1 << board;
  return mask >>> 0;
}
