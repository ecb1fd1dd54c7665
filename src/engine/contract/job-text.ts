/** How much memory the texts of a job take. */
import type { NewJob } from "./api.js";

/** What a string takes beside its characters. */
const STRING_BYTES = 32;
const BYTES_OF_CHAR = 2;

/** Bytes that they take at most: the owner, the arguments, and what of these is kept for itself. */
export function textBytesOf({
  owner,
  machine,
  tags,
  argsJson,
  kwargsJson,
}: Pick<NewJob, "owner" | "machine" | "tags" | "argsJson" | "kwargsJson">): number {
  let chars = owner.length + argsJson.length + kwargsJson.length + (machine?.length ?? 0);
  if (tags === null) return chars * BYTES_OF_CHAR;
  for (const tag of tags) chars += tag.length;
  return chars * BYTES_OF_CHAR + tags.length * STRING_BYTES;
}
