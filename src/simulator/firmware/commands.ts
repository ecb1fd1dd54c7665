/** What firmware knows: beside the commands that this server sends, those of other programs. */
import { CommandCode, INFO_STATUS } from "../../bmp/wire/commands.js";
import { NO_DATA } from "../../bmp/wire/packet.js";
import { ReturnCode } from "../../bmp/wire/return-codes.js";

export const FirmwareCommand = {
  ...CommandCode,
  /** Memory of the BMP, by address. */
  read: 2,
  write: 3,
  /** Flash of the BMP, in which its firmware is. */
  flashCopy: 49,
  flashErase: 50,
  flashWrite: 51,
  /** Flash of the board, in which the bitfiles of its FPGAs are. */
  serialFlash: 53,
  /** Loads and resets the FPGAs. */
  fpgaReset: 56,
} as const;

/** Argument 1 of the info command. */
export const InfoKind = { serial: 0, canStatus: 2, status: INFO_STATUS, ipAddresses: 4 } as const;

export interface FirmwareReply {
  readonly returnCode: number;
  readonly payload: Buffer;
}

export function ok(payload: Buffer = NO_DATA): FirmwareReply {
  return { returnCode: ReturnCode.ok, payload };
}

export function refused(returnCode: ReturnCode): FirmwareReply {
  return { returnCode, payload: NO_DATA };
}
