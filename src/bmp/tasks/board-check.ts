/** Whether a board has come up, and which firmware it runs. */
import type { Bmp } from "../exchange/bmp.js";
import { asBmpError } from "../exchange/errors.js";
import { FPGAS, isOwnFlag } from "../wire/fpga.js";

/** Firmware from this major version on gives access to the FPGAs, and so to the links. */
const FIRST_WITH_FPGA_ACCESS = 2;

export type BoardCheck =
  | { readonly up: true; readonly hasLinkControl: boolean }
  | { readonly up: false; readonly reason: string };

/** Throws BmpError when it is the BMP of the frame that is silent. */
export async function checkBoard(bmp: Bmp, board: number): Promise<BoardCheck> {
  let doing = "version";
  try {
    const { major } = await bmp.version(board);
    if (major < FIRST_WITH_FPGA_ACCESS) return { up: true, hasLinkControl: false };
    for (const fpga of FPGAS) {
      doing = `FPGA ${fpga}`;
      const flag = await bmp.flag(board, fpga);
      if (!isOwnFlag(flag, fpga)) {
        return { up: false, reason: `FPGA ${fpga} is not loaded, it says it is ${flag & 0b11}` };
      }
    }
    return { up: true, hasLinkControl: true };
  } catch (error) {
    return { up: false, reason: `${doing}: ${await blameBoard(bmp, error)}` };
  }
}

/**
 * Why a board failed, when it did and not the BMP of its frame: throws the BmpError of the BMP when
 * that does not answer either.
 */
export async function blameBoard(bmp: Bmp, error: unknown): Promise<string> {
  const failure = asBmpError(error);
  if (failure.isSilence) await probe(bmp);
  return failure.message;
}

/** Throws BmpError when the BMP is silent. Any reply of it will do. */
export async function probe(bmp: Bmp): Promise<void> {
  try {
    await bmp.version(0);
  } catch (error) {
    const failure = asBmpError(error);
    if (failure.isSilence) throw failure;
  }
}
