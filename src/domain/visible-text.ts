/**
 * Text of others where people read it: in the log, on a terminal, quoted in a message. What could
 * move a cursor, begin another line, turn the direction of what follows or hide is written as an
 * escape, as JSON has it: so what is JSON stays the same JSON.
 */

/** C0, DEL, C1; marks that show nothing, the bidirectional ones among them; ends of lines and paragraphs. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const UNSEEN_BUT_NEWLINE = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One line, whatever is in it. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, escaped);
}

/** Lines of our own that may have text of others in them; that, if it may have newlines, made visible before. */
export function visibleLines(text: string): string {
  return text.replaceAll(UNSEEN_BUT_NEWLINE, escaped);
}

const MOST_QUOTED_CHARS = 60;

/** As part of a message: in quotes, and cut when it is long. */
export function quote(text: string): string {
  return visible(JSON.stringify(cut(text)));
}

/** As part of a message, where a name stands without quotes. */
export function nameText(name: string): string {
  return visible(cut(name));
}

function cut(text: string): string {
  return text.length > MOST_QUOTED_CHARS
    ? `${text.slice(0, MOST_QUOTED_CHARS).toWellFormed()}…`
    : text;
}

/** Some are two units of UTF-16. */
function escaped(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
