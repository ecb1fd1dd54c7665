import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareMachines } from "../../src/config/comparison.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import { Machine, type StandardIpsFields } from "../../src/index.js";

const boards = [0, 1].flatMap((x) => [0, 1, 2].map((z): [number, number, number] => [x, 0, z]));

/** 2 × 1 triads: [x, 0, z] in frame x, board z. */
function machine(fields: Partial<StandardIpsFields> = {}, without?: number): MachineDescription {
  const locations = boards.map(
    ([x, y, z]) =>
      [
        [x, y, z],
        [0, x, z],
      ] as const,
  );
  const boardLocations = locations.filter((_, i) => i !== without);
  return Machine.withStandardIps({ name: "m", boardLocations, ...fields });
}

describe("a reload leaves a machine", () => {
  it("the same when nothing but the order of entries changed", () => {
    const plain = machine({ tags: ["a", "b"], deadLinks: [[0, 0, 0, 1]] });
    expect(compareMachines(plain, machine({ tags: ["b", "a"], deadLinks: [[0, 0, 0, 1]] }))).toBe(
      "same",
    );
    const { boardLocations, spinnakerIps } = plain;
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...boardLocations], { minLength: 6 }),
        fc.shuffledSubarray([...spinnakerIps], { minLength: 6 }),
        (locations, ips) => {
          const shuffled = { ...plain, boardLocations: locations, spinnakerIps: ips };
          expect(compareMachines(plain, shuffled)).toBe("same");
        },
      ),
    );
  });

  it("adjusted when tags, dead boards or dead links changed", () => {
    for (const fields of [
      { tags: ["other"] },
      { deadBoards: [[1, 0, 2]] },
      { deadLinks: [[1, 0, 2, 3]] },
    ] satisfies Partial<StandardIpsFields>[]) {
      expect(compareMachines(machine(), machine(fields))).toBe("adjusted");
      expect(compareMachines(machine(fields), machine())).toBe("adjusted");
    }
  });

  it("adjusted when the position and address of a board come or go with the board", () => {
    fc.assert(
      fc.property(fc.nat(5), (i) => {
        const without = machine({ deadBoards: [boards[i] ?? [0, 0, 0]] }, i);
        expect(compareMachines(machine(), without)).toBe("adjusted");
        expect(compareMachines(without, machine())).toBe("adjusted");
      }),
    );
  });

  it("adjusted when a whole frame is dead and its BMP left out", () => {
    const deadBoards = boards.filter(([x]) => x === 1);
    const without = { ...machine({ deadBoards }), bmpIps: [[[0, 0], "192.168.0.0"]] } as const;
    expect(compareMachines(machine(), without)).toBe("adjusted");
    expect(compareMachines(without, machine())).toBe("adjusted");
  });

  it("replaced when its size changed", () => {
    const deadBoards = [0, 1, 2].map((z): [number, number, number] => [2, 0, z]);
    expect(compareMachines(machine(), machine({ deadBoards }))).toBe("replaced");
  });

  it("replaced when a live board has another position, address or BMP", () => {
    expect(compareMachines(machine(), machine({ bmpOffset: "0.0.0.3" }))).toBe("replaced");
    expect(compareMachines(machine(), machine({ spinnakerOffset: "0.0.0.2" }))).toBe("replaced");
    const swapped = boards.map(
      ([x, y, z]) =>
        [
          [x, y, z],
          [0, 1 - x, z],
        ] as const,
    );
    expect(compareMachines(machine(), machine({ boardLocations: swapped }))).toBe("replaced");
  });

  it("replaced when a position passes from one board to another", () => {
    const first = machine({ deadBoards: [[1, 0, 2]] }, 5);
    const moved = machine({
      deadBoards: [[0, 0, 0]],
      boardLocations: boards
        .slice(1)
        .map(([x, y, z]) => [[x, y, z], x === 1 && z === 2 ? [0, 0, 0] : [0, x, z]] as const),
    });
    expect(compareMachines(first, moved)).toBe("replaced");
  });
});
