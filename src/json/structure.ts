/**
 * How much a JSON text holds, before it is parsed: JSON.parse takes a hundred times longer for a text
 * of nothing but brackets or keys than for one string of that length.
 *
 * Each character is looked at once. What is counted is right for JSON; other texts are refused by
 * JSON.parse, as soon as it comes to where they are wrong.
 */

/** Lists and objects in one another. Any JSON library can read as many. */
const MOST_LEVELS = 1024;
/** Values in lists and objects, each of these counted as well. */
const MOST_VALUES = 10_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** What there is too much of in a JSON text; null when it is within the limits. */
export function excess(text: string): string | null {
  // A character each: shorter texts, which almost all are, cannot exceed either.
  if (text.length <= MOST_LEVELS) return null;
  let levels = 0;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at) - 1;
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        levels++;
        values++;
        if (levels > MOST_LEVELS)
          return `more than ${MOST_LEVELS} lists and objects in one another`;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        levels--;
        break;
      case COMMA:
        values++;
        break;
      default:
    }
    if (values > MOST_VALUES) return `more than ${MOST_VALUES} values`;
  }
  return null;
}

/** Index behind the closing quote of the string that opens at `quote`; the length if it does not close. */
export function endOfString(text: string, quote: number): number {
  for (let at = quote + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at + 1;
  }
  return text.length;
}
