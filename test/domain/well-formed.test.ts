import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { wellFormedJson } from "../../src/domain/well-formed.js";
import { anyText } from "./arbitraries.js";

const anyJson = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    anyText,
    fc.double(),
    fc.constantFrom(null, true),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(anyText, tie("value"), { maxKeys: 4 }),
  ),
})).value;

/** The same value with well-formed strings. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.toWellFormed(), wellFormed(inner)]),
  );
}

/** All characters of strings as escapes, with digits in either case. */
function escaped(json: string): string {
  return json.replace(/[^\x20-\x7f]/g, (unit) => {
    const digits = unit.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${unit.charCodeAt(0) % 2 === 0 ? digits : digits.toUpperCase()}`;
  });
}

describe("JSON text from outside", () => {
  it("has well-formed strings and names, and is the same otherwise", () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const json = JSON.stringify(value);
        const plain = JSON.parse(json) as unknown;
        for (const text of [json, escaped(json)]) {
          expect(JSON.parse(wellFormedJson(text))).toEqual(wellFormed(plain));
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['"\\ud800"', '"\\ufffd"'],
    ['"\\uD83D\\uDE00"', '"\\uD83D\\uDE00"'],
    ['"\\ude00\\ud83d"', '"\\ufffd\\ufffd"'],
    ['"\\\\ud800"', '"\\\\ud800"'],
    ['"\\\\\\ud800"', '"\\\\\\ufffd"'],
    ['{"\\udfff": {"\\ud800\\ud800\\udc00": 1}}', '{"\\ufffd": {"\\ufffd\\ud800\\udc00": 1}}'],
  ])("%s becomes %s", (text, expected) => expect(wellFormedJson(text)).toBe(expected));

  it("that is none stays none", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parses = (json: string) => {
          try {
            JSON.parse(json);
            return true;
          } catch {
            return false;
          }
        };
        expect(parses(wellFormedJson(text))).toBe(parses(text));
      }),
    );
  });
});
