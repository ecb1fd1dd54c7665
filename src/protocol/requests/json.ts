/** JSON as clients write it. */
import { endOfString } from "../../json/index.js";

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

const QUOTE = 0x22;

/**
 * The text with NaN and Infinity outside of strings replaced, or null when there are none. It goes
 * through the text once, however many there are.
 */
function replaceNonFinite(text: string): string | null {
  const pieces: string[] = [];
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    const word = nonFiniteFrom(code);
    if (word === null || !isAt(text, at, word)) {
      at++;
      continue;
    }
    pieces.push(text.slice(copied, at), TOO_LARGE);
    at += word.length;
    copied = at;
  }
  return copied === 0 ? null : pieces.join("") + text.slice(copied);
}

/** What begins with that character. */
function nonFiniteFrom(code: number): string | null {
  switch (code) {
    case 0x4e:
      return "NaN";
    case 0x49:
      return "Infinity";
    case 0x2d:
      return "-Infinity";
    default:
      return null;
  }
}

function isAt(text: string, at: number, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    if (text.charCodeAt(at + i) !== word.charCodeAt(i)) return false;
  }
  return true;
}
