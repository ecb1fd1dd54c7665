import { expect, it } from "vitest";
import { plain } from "../../src/cli/plain-text.js";

it("an owner is one short line, with escapes for what is active in it", () => {
  expect(plain("Ada é中😀")).toBe("Ada é中😀");
  expect(plain("a\u001b[31m\nb\u202e")).toBe("a\\u001b[31m\\u000ab\\u202e");
  expect(plain("x".repeat(61))).toBe(`${"x".repeat(59)}…`);
});
