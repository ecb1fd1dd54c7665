/** What the programs say on standard output and standard error, wherever its words come from. */
import { once } from "node:events";
import { visibleLines } from "../domain/visible-text.js";

/** A piece of what is too long to be printed at once; resolves when the next may follow. */
export async function printPiece(text: string): Promise<void> {
  if (!process.stdout.write(visibleLines(text))) await once(process.stdout, "drain");
}

export function print(text: string): void {
  process.stdout.write(`${visibleLines(text)}\n`);
}

export function printError(text: string): void {
  process.stderr.write(`${visibleLines(text)}\n`);
}
