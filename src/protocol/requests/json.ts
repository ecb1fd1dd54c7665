/** JSON as clients write it. */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Beyond every number: JSON.parse makes it infinite. The spaces keep it from joining digits. */
const TOO_LARGE = " 1e999 ";

/**
 * Parses JSON, including NaN and Infinity, which some clients' libraries write: they are read as
 * infinite numbers. Every command that takes a number refuses these with an exception that says why,
 * so that the client learns of it rather than being disconnected.
 *
 * @throws SyntaxError when it is not JSON even so.
 */
export function parseJson(text: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    const finite = replaceNonFinite(text);
    if (finite === null) throw error;
    return JSON.parse(finite);
  }
}

/** The text with NaN and Infinity outside of strings replaced, or null when there are none. */
function replaceNonFinite(text: string): string | null {
  const literals = /NaN|-?Infinity/g;
  let replaced = "";
  let copied = 0;
  let at = 0;
  for (let found = literals.exec(text); found !== null; found = literals.exec(text)) {
    // Strings before the literal are skipped whole; it may lie in the last of them.
    while (at < found.index) {
      const quote = text.indexOf('"', at);
      if (quote < 0 || quote > found.index) at = found.index;
      else at = endOfString(text, quote);
    }
    literals.lastIndex = Math.max(at, found.index + found[0].length);
    if (at > found.index) continue;
    replaced += text.slice(copied, found.index) + TOO_LARGE;
    copied = found.index + found[0].length;
    at = copied;
  }
  return copied === 0 ? null : replaced + text.slice(copied);
}

/** Index behind the closing quote of the string that opens at `quote`. */
function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}
