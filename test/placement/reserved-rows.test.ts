import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { triadsAsked } from "../../src/domain/request.js";
import { rowsOpenTo } from "../../src/placement/reserved-rows.js";
import { boards } from "../engine/fixtures.js";
import { requestsOn } from "./arbitraries.js";

const machine = { width: 20, height: 20 };

describe("the rows open to a request", () => {
  it("are all while no job waits that is sixteen times as large", () => {
    expect(rowsOpenTo(boards(1), 0, machine)).toBe(20);
    expect(rowsOpenTo(boards(24), 127, machine)).toBe(20);
    expect(rowsOpenTo(boards(25), 128, machine)).toBe(20);
  });

  it("are those clear of three times what the large job asks for, and a quarter at least", () => {
    expect(rowsOpenTo(boards(24), 128, machine)).toBe(5);
    expect(rowsOpenTo(boards(1), 40, machine)).toBe(14);
    expect(rowsOpenTo(boards(1), 41, machine)).toBe(13);
    expect(rowsOpenTo(boards(1), 400, machine)).toBe(5);
    expect(rowsOpenTo(boards(1), 16, { width: 4, height: 5 })).toBe(2);
  });

  it("are no fewer for a larger request, no more for a larger job that waits, and never none", () => {
    const cases = fc.tuple(requestsOn(machine), requestsOn(machine), fc.nat(400), fc.nat(400));
    fc.assert(
      fc.property(cases, ([a, b, m, n]) => {
        const rows = rowsOpenTo(a, m, machine);
        expect(rows).toBeGreaterThanOrEqual(5);
        expect(rows).toBeLessThanOrEqual(20);
        if (a.size.kind === "board" || a.requireTorus) {
          expect(rows).toBe(20);
          return;
        }
        if (n >= m) expect(rowsOpenTo(a, n, machine)).toBeLessThanOrEqual(rows);
        if (triadsAsked(b) >= triadsAsked(a)) {
          expect(rowsOpenTo(b, m, machine)).toBeGreaterThanOrEqual(rows);
        }
      }),
    );
  });
});
