import fc from "fast-check";
import type { BoardCoordinate, Size } from "../../src/domain/board.js";

export const anySize: fc.Arbitrary<Size> = fc.record({
  width: fc.integer({ min: 1, max: 12 }),
  height: fc.integer({ min: 1, max: 12 }),
});

export const anySizeAndBoard: fc.Arbitrary<{ size: Size; board: BoardCoordinate }> = anySize.chain(
  (size) =>
    fc
      .tuple(fc.nat(size.width - 1), fc.nat(size.height - 1), fc.nat(2))
      .map((board) => ({ size, board })),
);

/** Of any 16-bit units, among them many halves of surrogate pairs, and what escapes are made of. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(0xd800, 0xdbff, 0xdc00, 0xdfff),
      fc.constantFrom(...Buffer.from('\\\\u"dD8c09')),
      fc.nat(0xffff),
    ),
    { maxLength: 40 },
  )
  .map((units) => String.fromCharCode(...units));
