/** Reads of a board that is up for a job what was set, and sets again what a reset has undone. */
import type { Link } from "../../domain/links.js";
import { LINK_NAMES } from "../../domain/names.js";
import type { Bmp } from "../exchange/bmp.js";
import type { FrameBoard } from "../frames/frame.js";
import { boardProblem, checkBoard } from "./board-check.js";

export type Finding =
  | { readonly kind: "as it should be" }
  /** Links were open that were stopped; now they are stopped again, which disturbs nobody. */
  | { readonly kind: "boardReset"; readonly reason: string }
  /** Only a power cycle could help, and would take the board from its job. */
  | { readonly kind: "boardFaulty"; readonly reason: string };

/**
 * @param stopped the links that were stopped
 * @param goesOn false when the look is to be broken off, since others wait for the BMP
 * @returns null when it was broken off. Throws BmpError when the BMP does not answer.
 */
export async function lookAtBoard(
  bmp: Bmp,
  board: FrameBoard,
  stopped: ReadonlySet<Link>,
  goesOn: () => boolean,
): Promise<Finding | null> {
  const { number } = board;
  const check = await checkBoard(bmp, board);
  if (!check.up) return goesOn() ? { kind: "boardFaulty", reason: check.reason } : null;
  const open: Link[] = [];
  try {
    for (const link of check.hasLinkControl ? stopped : []) {
      if (!goesOn()) return null;
      if (!(await bmp.isLinkStopped(number, link))) open.push(link);
    }
    for (const link of open) await bmp.stopLink(number, link);
  } catch (error) {
    const reason = `its links could not be read and stopped: ${await boardProblem(bmp, error)}`;
    return goesOn() ? { kind: "boardFaulty", reason } : null;
  }
  if (open.length === 0) return { kind: "as it should be" };
  const names = open.map((link) => LINK_NAMES[link]).join(", ");
  const links = open.length === 1 ? `its ${names} link was` : `its links ${names} were`;
  return { kind: "boardReset", reason: `it was reset, not by this server: ${links} open` };
}
