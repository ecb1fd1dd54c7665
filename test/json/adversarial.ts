/** JSON texts, and lines of them, that are the worst for somebody who reads them; each of about a length. */

const filled = (length: number, piece: string, separator = ",") =>
  Array(Math.max(1, Math.floor(length / (piece.length + separator.length))))
    .fill(piece)
    .join(separator);

/** Different ones, until they have that length together. */
function different(length: number, piece: (name: string) => string): string {
  const pieces: string[] = [];
  for (let taken = 0; taken < length; taken += pieces.at(-1)!.length + 1)
    pieces.push(piece(pieces.length.toString(36)));
  return pieces.join(",");
}

const nested = (length: number, open: string, inner: string, close: string) => {
  const levels = Math.floor((length - inner.length) / (open.length + close.length));
  return `${open.repeat(levels)}${inner}${close.repeat(levels)}`;
};

export const VALUES: Readonly<Record<string, (length: number) => string>> = {
  NaN: (length) => `[${filled(length, "NaN")}]`,
  Infinity: (length) => `[${filled(length, "-Infinity")}]`,
  "NaN between strings": (length) => `[${filled(length, 'NaN,"NaN"')}]`,
  "NaN, then one string": (length) => `[${filled(length / 2, "NaN")},"${"N".repeat(length / 2)}"]`,
  "what is nearly NaN": (length) => `[${"Na".repeat(length / 2)}]`,
  minuses: (length) => `[${"-".repeat(length)}]`,
  "a string that does not end, and NaN": (length) => `[NaN,"${'\\"'.repeat(length / 2)}`,
  escapes: (length) => `["${"\\u00e9".repeat(length / 6)}"]`,
  "escapes and NaN": (length) => `[NaN,"${'\\"'.repeat(length / 2)}"]`,
  backslashes: (length) => `["${"\\\\".repeat(length / 2)}"]`,
  unicode: (length) => `["${"é中😀".repeat(length / 9)}"]`,
  "halves of surrogate pairs": (length) => `["${"\\ud800".repeat(length / 6)}"]`,
  "lists in lists": (length) => nested(length, "[", "", "]"),
  "lists that do not end": (length) => "[".repeat(length),
  "objects in objects": (length) => nested(length, '{"":', "1", "}"),
  commas: (length) => `[${",".repeat(length)}]`,
  numbers: (length) => `[${filled(length, "1")}]`,
  "a long number": (length) => `[${"1".repeat(length)}]`,
  keys: (length) => `{${different(length, (name) => `"${name}":1`)}}`,
  "one key": (length) => `{${filled(length, '"a":1')}}`,
  "numbers as keys": (length) => `{${different(length, (name) => `"${parseInt(name, 36)}":1`)}}`,
  "keys of objects": (length) => `[${different(length, (name) => `{"${name}":1}`)}]`,
  "a long key": (length) => `{"${"k".repeat(length)}":1}`,
  names: (length) => `[${different(length, (name) => `"${name}"`)}]`,
  spaces: (length) => `[${" ".repeat(length)}]`,
  controls: (length) => `"${"\\u001b\\u202e".repeat(length / 12)}"`,
};
