/** Whether a board has come up, and which firmware it runs. */
import type { Bmp } from "../exchange/bmp.js";
import { asBmpError } from "../exchange/errors.js";
import type { FrameBoard } from "../frames/frame.js";
import { whyOff } from "../frames/health.js";
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
      /** It reads as a board does that is off, or whose FPGAs are not loaded yet. */
      readonly isOff: boolean;
    };

/** Throws BmpError when it is the BMP of the frame that is silent. */
export async function checkBoard(bmp: Bmp, board: FrameBoard): Promise<BoardCheck> {
  return withCause(bmp, board, await firstProblem(bmp, board));
}

async function firstProblem(bmp: Bmp, { number: board, fpgaIds }: FrameBoard): Promise<BoardCheck> {
  let asked = "its version";
  try {
    const { major } = await bmp.version(board);
    if (major < FIRST_WITH_FPGA_ACCESS) return { up: true, hasLinkControl: false };
    for (const fpga of FPGAS) {
      asked = `FPGA ${fpga}`;
      const flag = await bmp.flag(board, fpga);
      if (flag === READ_WHEN_OFF) {
        const reason = `FPGA ${fpga} is not loaded (its flag register reads ${hexWord(flag)})`;
        return { up: false, reason, isOff: true };
      }
      const [id, wanted] = [idInFlag(flag), fpgaIds[fpga]];
      if (id !== wanted) {
        const isUsual = wanted === fpga;
        const setting = isUsual ? "" : ", its id by fpgaIds of the configuration";
        const hint = isUsual ? "; if that is right, see fpgaIds" : "";
        const reason = `FPGA ${fpga} has id ${id} instead of ${wanted}${setting} (its flag register reads ${hexWord(flag)}${hint})`;
        return { up: false, reason, isOff: false };
      }
    }
    return { up: true, hasLinkControl: true };
  } catch (error) {
    const reason = `${asked} could not be read: ${await boardProblem(bmp, error)}`;
    return { up: false, reason, isOff: false };
  }
}

/** Registers of a board without power and of an FPGA that is not loaded read alike: its supplies tell which. */
async function withCause(bmp: Bmp, board: FrameBoard, check: BoardCheck): Promise<BoardCheck> {
  if (check.up || !check.isOff) return check;
  let cause: string;
  try {
    const why = whyOff(await bmp.status(board.number));
    cause = why === null ? `${check.reason}, though the board is on` : `it is off: ${why}`;
  } catch (error) {
    const problem = await boardProblem(bmp, error);
    cause = `${check.reason}, as of a board that is off; its status could not be read: ${problem}`;
  }
  return { ...check, reason: cause };
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
    const check = await firstProblem(bmp, board);
    if (check.up || !check.isOff) return check;
    if (performance.now() >= upByMs || !isWanted()) return withCause(bmp, board, check);
    await sleep(RECHECK_MS);
  }
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
