/** Whether a board has come up, and which firmware it runs. */
import type { Bmp } from "../exchange/bmp.js";
import { asBmpError } from "../exchange/errors.js";
import type { FrameBoard } from "../frames/frame.js";
import { sleep } from "../times.js";
import { FPGAS, idInFlag, READ_WHEN_OFF } from "../wire/fpga.js";
import { hexWord } from "../wire/hex.js";

/** Firmware from this major version on gives access to the FPGAs, and so to the links. */
const FIRST_WITH_FPGA_ACCESS = 2;
/** Between two looks at a board that may still come up. */
const RECHECK_MS = 100;

export type BoardCheck =
  | { readonly up: true; readonly hasLinkControl: boolean }
  | {
      readonly up: false;
      readonly reason: string;
      /** It reads as a board does that is off. */
      readonly isOff: boolean;
    };

/** Throws BmpError when it is the BMP of the frame that is silent. */
export async function checkBoard(
  bmp: Bmp,
  { number: board, fpgaIds }: FrameBoard,
): Promise<BoardCheck> {
  let asked = "its version";
  try {
    const { major } = await bmp.version(board);
    if (major < FIRST_WITH_FPGA_ACCESS) return { up: true, hasLinkControl: false };
    for (const fpga of FPGAS) {
      asked = `FPGA ${fpga}`;
      const flag = await bmp.flag(board, fpga);
      if (idInFlag(flag) !== fpgaIds[fpga]) {
        const reason = `FPGA ${fpga} is not loaded (its flag register reads ${hexWord(flag)}${wanted(fpga, fpgaIds[fpga])})`;
        return { up: false, reason, isOff: flag === READ_WHEN_OFF };
      }
    }
    return { up: true, hasLinkControl: true };
  } catch (error) {
    const reason = `${asked} could not be read: ${await boardProblem(bmp, error)}`;
    return { up: false, reason, isOff: false };
  }
}

/**
 * Checks a board that was powered on. Some firmware answers a power-on before the FPGAs are loaded: while
 * the board seems to be off it is looked at again.
 *
 * @param upByMs performance.now() by which it must have come up
 * @param isWanted whether to go on looking
 */
export async function checkWhenUp(
  bmp: Bmp,
  board: FrameBoard,
  upByMs: number,
  isWanted: () => boolean,
): Promise<BoardCheck> {
  for (;;) {
    const check = await checkBoard(bmp, board);
    if (check.up || !check.isOff || performance.now() >= upByMs || !isWanted()) return check;
    await sleep(RECHECK_MS);
  }
}

/** Says which id an FPGA should have, where that is not its number. */
function wanted(fpga: number, id: number): string {
  return id === fpga ? "" : `, and by fpgaIds of the configuration its id should be ${id}`;
}

/**
 * What an error says of a board, when it is the board that failed: throws the BmpError of its BMP
 * when that does not answer either.
 */
export async function boardProblem(bmp: Bmp, error: unknown): Promise<string> {
  const failure = asBmpError(error);
  if (failure.isSilence) await bmp.ensureAnswering();
  return failure.message;
}
