/** What this process lacks to write its state; LMDB has errors of the system by number. */
import { getSystemErrorName } from "node:util";
import { ownLack } from "../domain/own-lack.js";

/** Null where it is the disk, or the file. */
export function systemLack(error: unknown): string | null {
  if (!(error instanceof Error && "code" in error)) return null;
  const { code } = error;
  if (typeof code !== "number") return ownLack(error);
  if (!Number.isInteger(code) || code <= 0) return null;
  return ownLack(Object.assign(new Error(error.message), { code: getSystemErrorName(-code) }));
}
