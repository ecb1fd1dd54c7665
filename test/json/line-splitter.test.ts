import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LineSplitter } from "../../src/json/index.js";

/** Cuts bytes at the given places, taken modulo what is left. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let rest = bytes;
  for (const place of places) {
    const at = rest.length === 0 ? 0 : place % rest.length;
    chunks.push(rest.subarray(0, at));
    rest = rest.subarray(at);
  }
  return [...chunks, rest];
}

function splitterOf(limitBytes: number) {
  const splitter = new LineSplitter();
  return { push: (chunk: Buffer) => splitter.push(chunk, limitBytes) };
}

describe("splitting bytes into lines", () => {
  test("gives the same lines however the bytes are cut, blank ones left out", () => {
    const blank = fc
      .array(fc.constantFrom(" ", "\t", "\r", "\v", "\f", "\u00a0"))
      .map((c) => c.join(""));
    const some = fc.string({ unit: "grapheme" }).filter((line) => !line.includes("\n"));
    fc.assert(
      fc.property(
        fc.array(fc.oneof(blank, some)),
        fc.array(fc.nat({ max: 50 })),
        (lines, places) => {
          const splitter = splitterOf(1000);
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
          const got = cut(bytes, places).flatMap((chunk) => {
            const { lines: found, fault } = splitter.push(chunk);
            expect(fault).toBeNull();
            return found;
          });
          expect(got).toEqual(lines.filter((line) => line.trim() !== ""));
        },
      ),
    );
  });

  test("keeps what is not yet a line", () => {
    const splitter = splitterOf(100);
    expect(splitter.push(Buffer.from("ab")).lines).toEqual([]);
    expect(splitter.push(Buffer.from("c\nd")).lines).toEqual(["abc"]);
    expect(splitter.push(Buffer.from("\n")).lines).toEqual(["d"]);
  });

  test("a line of the limit passes, one byte more does not, with or without its newline", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 })), fc.boolean(), (places, ended) => {
        const push = (length: number) => {
          const splitter = splitterOf(16);
          const bytes = Buffer.from("x".repeat(length) + (ended ? "\n" : ""));
          const faults = [];
          for (const chunk of cut(bytes, places)) {
            const { fault } = splitter.push(chunk);
            if (fault !== null) {
              faults.push(fault);
              break;
            }
          }
          return faults;
        };
        expect(push(16)).toEqual([]);
        expect(push(17)).toEqual(["too long"]);
      }),
    );
  });

  test("lines before an invalid one are given, and the fault", () => {
    const bytes = Buffer.concat([Buffer.from("good\n"), Buffer.from([0xff, 0xfe, 0x0a])]);
    const { lines, fault } = splitterOf(100).push(bytes);
    expect(lines).toEqual(["good"]);
    expect(fault).toBe("not UTF-8");
  });

  test("a character cut in two packets is whole", () => {
    const bytes = Buffer.from("é中😀\n");
    for (let at = 0; at <= bytes.length; at++) {
      const splitter = splitterOf(100);
      const lines = [
        ...splitter.push(bytes.subarray(0, at)).lines,
        ...splitter.push(bytes.subarray(at)).lines,
      ];
      expect(lines).toEqual(["é中😀"]);
    }
  });

  test("bytes are copied a bounded number of times, however small the packets", () => {
    let copied = 0;
    const original = Buffer.prototype.copy;
    Buffer.prototype.copy = function (...args: Parameters<typeof original>) {
      const count = original.apply(this, args);
      copied += count;
      return count;
    };
    try {
      const splitter = splitterOf(1 << 20);
      const byte = Buffer.from("x");
      const total = 200_000;
      for (let i = 0; i < total; i++) splitter.push(byte);
      expect(splitter.push(Buffer.from("\n")).lines[0]).toHaveLength(total);
      expect(copied).toBeLessThan(4 * total);
    } finally {
      Buffer.prototype.copy = original;
    }
  });
});
