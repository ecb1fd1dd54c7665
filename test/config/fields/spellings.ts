/** Names and addresses of devices, each in several of its spellings. */
import fc, { type Arbitrary } from "fast-check";

export interface Spelt {
  readonly one: string;
  readonly spellings: readonly string[];
}

/** Case of letters, and a final dot. */
const nameSpelling = (name: string): Arbitrary<string> =>
  fc
    .tuple(fc.mixedCase(fc.constant(name)), fc.constantFrom("", "."))
    .map(([spelt, dot]) => spelt + dot);

/** As it is, or within IPv6, in dotted or hexadecimal form. */
const ipv4Spelling = (bytes: readonly number[]): Arbitrary<string> => {
  const [a, b, c, d] = bytes as [number, number, number, number];
  const words = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  const dotted = bytes.join(".");
  return fc.constantFrom(dotted, `::ffff:${dotted}`, `::FFFF:${dotted}`, `0:0:0:0:0:ffff:${words}`);
};

/** Leading zeros, case, and a run of zeros left out or not. */
const ipv6Spelling = (words: readonly number[]): Arbitrary<string> =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), fc.boolean(), fc.boolean())
    .map(([long, upper, short]) => {
      const parts = words.map((word, i) => word.toString(16).padStart(long[i] ? 4 : 1, "0"));
      const from = words.indexOf(0);
      let to = from;
      while (to < 8 && words[to] === 0) to++;
      const full = parts.join(":");
      const text =
        short && from >= 0
          ? `${parts.slice(0, from).join(":")}::${parts.slice(to).join(":")}`
          : full;
      return upper ? text.toUpperCase() : text;
    });

const byte = fc.nat(255);
/** Not one of those that are refused. */
const ipv4Bytes = fc.tuple(fc.integer({ min: 1, max: 126 }), byte, byte, byte);
const ipv6Words = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 7, maxLength: 7 })
  .map((words) => [0x2001, ...words]);

/** A name or address, and so many spellings of it. */
export function spellingsOf(count: number): Arbitrary<Spelt> {
  const several = (spelling: Arbitrary<string>) =>
    fc.array(spelling, { minLength: count, maxLength: count });
  return fc.oneof(
    fc.domain().chain((one) => several(nameSpelling(one)).map((spellings) => ({ one, spellings }))),
    ipv4Bytes.chain((bytes) =>
      several(ipv4Spelling(bytes)).map((spellings) => ({ one: bytes.join("."), spellings })),
    ),
    ipv6Words.chain((words) =>
      several(ipv6Spelling(words)).map((spellings) => ({
        one: words.map((word) => word.toString(16)).join(":"),
        spellings,
      })),
    ),
  );
}
