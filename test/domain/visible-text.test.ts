import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nameText, quote, visible, visibleLines } from "../../src/domain/visible-text.js";

/** What must never reach a terminal or a log from others. */
const ACTIVE = [
  ...Array.from({ length: 0x20 }, (_, code) => code),
  ...Array.from({ length: 0x21 }, (_, at) => 0x7f + at),
  ...[0x061c, 0x200e, 0x200f, 0x2028, 0x2029, 0xfeff, 0x200b],
  ...[0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
];

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(...ACTIVE.map((code) => String.fromCharCode(code)), "\u{e0041}"),
      fc.string({ unit: "binary" }),
    ),
  )
  .map((parts) => parts.join(""));

describe("text of others, made visible,", () => {
  test.each(ACTIVE)("has no character %i", (code) => {
    const written = `\\u${code.toString(16).padStart(4, "0")}`;
    expect(visible(`a${String.fromCharCode(code)}b`)).toBe(`a${written}b`);
  });

  test("keeps what can be seen", () => {
    const seen = "plain, é中😀 e\u0301 \\n “quoted” שלום";
    expect(visible(seen)).toBe(seen);
    expect(visibleLines(`${seen}\n${seen}`)).toBe(`${seen}\n${seen}`);
  });

  test("is one line, or has its newlines alone", () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(visible(any)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(visibleLines(any).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(visibleLines(any).split("\n")).toHaveLength(any.split("\n").length);
      }),
    );
  });

  test("is the same JSON when it is JSON", () => {
    fc.assert(
      fc.property(fc.oneof(text, fc.dictionary(text, text)), (value) => {
        const json = visible(JSON.stringify(value));
        expect(JSON.parse(json)).toEqual(value);
        expect(JSON.parse(visibleLines(JSON.stringify(value, null, 2)))).toEqual(value);
      }),
    );
  });

  test("is short where it is quoted", () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(quote(any).length).toBeLessThanOrEqual(6 * 61 + 2);
        expect(nameText(any).length).toBeLessThanOrEqual(6 * 61);
      }),
    );
    expect(quote('a"\u001b[31m\n')).toBe('"a\\"\\u001b[31m\\n"');
    expect(nameText("spin")).toBe("spin");
    expect(quote("x".repeat(61))).toBe(`"${"x".repeat(60)}…"`);
  });
});
