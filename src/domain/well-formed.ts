/**
 * Text from outside. UTF-8 cannot hold half of a surrogate pair, and what holds one cannot be stored, shown or
 * answered as it is; so U+FFFD stands for it from where it enters. Only an escape of JSON can bring one in.
 */

/** An escape: a whole surrogate pair, half of one, or any other. */
const ESCAPES =
  /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)/gs;

/** JSON text whose strings, names of fields among them, are well-formed. What is no JSON stays none. */
export function wellFormedJson(text: string): string {
  if (!text.includes("\\u")) return text;
  return text.replace(ESCAPES, (found, half: string | undefined) =>
    half === undefined ? found : "\\ufffd",
  );
}
