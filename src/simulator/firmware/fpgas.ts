/** Commands about the three FPGAs of a board. */
import type { BmpRequest } from "../../bmp/wire/packet.js";
import { MAX_DATA_BYTES } from "../../bmp/wire/packet.js";
import { ReturnCode } from "../../bmp/wire/return-codes.js";
import type { SimulatedBoard } from "../board.js";
import { type FirmwareReply, ok, refused } from "./commands.js";

const WORD_BYTES = 4;
const FPGA_COUNT = 3;
/** Register addresses an FPGA decodes. */
const REGISTER_LIMIT = 0x100000;

/** Argument 1 of the command that loads and resets FPGAs. */
const FpgaOperation = { load: 0, initialize: 1, reset: 2 } as const;
/** Argument 2 of a reset: what becomes of the line. */
const ResetLine = { low: 0, high: 1, pulse: 2 } as const;

/** Words from consecutive registers. */
export function readRegisters(board: SimulatedBoard, { args }: BmpRequest): FirmwareReply {
  const [register, bytes, fpga] = args;
  if (!isAccess(args)) return refused(ReturnCode.badArgument);
  const words = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += WORD_BYTES) {
    words.writeUInt32LE(board.read(fpga, register + at) >>> 0, at);
  }
  return ok(words);
}

export function writeRegisters(board: SimulatedBoard, { args, data }: BmpRequest): FirmwareReply {
  const [register, bytes, fpga] = args;
  if (!isAccess(args)) return refused(ReturnCode.badArgument);
  if (data.length !== bytes) return refused(ReturnCode.badLength);
  for (let at = 0; at < bytes; at += WORD_BYTES) {
    board.write(fpga, register + at, data.readUInt32LE(at));
  }
  return ok();
}

/** Bitfiles are taken as they come: whatever was loaded, the FPGAs work after the reset at its end. */
export function resetFpgas(board: SimulatedBoard, { args, data }: BmpRequest): FirmwareReply {
  const [operation, argument] = args;
  if (operation === FpgaOperation.load) {
    return data.length === argument ? ok() : refused(ReturnCode.badLength);
  }
  if (operation === FpgaOperation.initialize) {
    if (argument >= 1 << FPGA_COUNT) return refused(ReturnCode.badArgument);
    board.initializeFpgas(argument);
    return ok();
  }
  if (operation !== FpgaOperation.reset || argument > ResetLine.pulse)
    return refused(ReturnCode.badArgument);
  board.resetFpgas(argument === ResetLine.high);
  return ok();
}

function isAccess([register, bytes, fpga]: BmpRequest["args"]): boolean {
  return (
    register % WORD_BYTES === 0 &&
    bytes > 0 &&
    bytes <= MAX_DATA_BYTES &&
    bytes % WORD_BYTES === 0 &&
    register + bytes <= REGISTER_LIMIT &&
    fpga < FPGA_COUNT
  );
}
