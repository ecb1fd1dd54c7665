import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BoardCoordinate } from "../../src/domain/board.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import type { MachineChanges } from "../../src/engine/contract/reload-plan.js";
import { compareMachines } from "../../src/engine/inputs/machine-comparison.js";
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

/** A board of such a machine where it usually is. */
function board([x, y, z]: BoardCoordinate) {
  return { index: x * 3 + z, coordinates: [x, y, z], position: [0, x, z] };
}

/** What is changed, with nothing else changed. */
function changed(changes: { readonly [Part in keyof MachineChanges]?: unknown }) {
  const none = { added: [], removed: [] };
  const conditions = { tags: none, deadBoards: none, deadLinks: none };
  const layout = { positions: [], addresses: [], bmps: [], fpgaIds: [] };
  return { kind: "changed", changes: { ...conditions, ...layout, ...changes } };
}

function reasons(before: MachineDescription, after: MachineDescription): unknown {
  const comparison = compareMachines(before, after);
  return comparison.kind === "replaced" ? comparison.reasons : comparison.kind;
}

describe("a reload leaves a machine", () => {
  it("the same when nothing but the order of entries changed", () => {
    const plain = machine({ tags: ["a", "b"], deadLinks: [[0, 0, 0, 1]] });
    const other = machine({ tags: ["b", "a"], deadLinks: [[0, 0, 0, 1]] });
    expect(compareMachines(plain, other)).toEqual({ kind: "same" });
    const { boardLocations, spinnakerIps } = plain;
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...boardLocations], { minLength: 6 }),
        fc.shuffledSubarray([...spinnakerIps], { minLength: 6 }),
        (locations, ips) => {
          const shuffled = { ...plain, boardLocations: locations, spinnakerIps: ips };
          expect(compareMachines(plain, shuffled)).toEqual({ kind: "same" });
        },
      ),
    );
  });

  it("the same when a board that was dead already loses its lines, which are kept", () => {
    const deadBoards = [boards[5]!];
    expect(compareMachines(machine({ deadBoards }), machine({ deadBoards }, 5))).toEqual({
      kind: "same",
    });
  });

  it("changed in its tags, dead boards and dead links", () => {
    const dead = board([1, 0, 2]);
    const link = { board: dead, link: 3 };
    for (const [fields, added, removed] of [
      [
        { tags: ["other"] },
        { tags: { added: ["other"], removed: ["default"] } },
        { tags: { added: ["default"], removed: ["other"] } },
      ],
      [
        { deadBoards: [[1, 0, 2]] },
        { deadBoards: { added: [dead], removed: [] } },
        { deadBoards: { added: [], removed: [dead] } },
      ],
      [
        { deadLinks: [[1, 0, 2, 3]] },
        { deadLinks: { added: [link], removed: [] } },
        { deadLinks: { added: [], removed: [link] } },
      ],
    ] satisfies [Partial<StandardIpsFields>, object, object][]) {
      expect(compareMachines(machine(), machine(fields))).toEqual(changed(added));
      expect(compareMachines(machine(fields), machine())).toEqual(changed(removed));
    }
  });

  it("changed when the position and address of a board come or go with its life", () => {
    fc.assert(
      fc.property(fc.nat(5), (i) => {
        const dead = board(boards[i]!);
        const without = machine({ deadBoards: [boards[i]!] }, i);
        expect(compareMachines(machine(), without)).toEqual(
          changed({ deadBoards: { added: [dead], removed: [] } }),
        );
        const to = `192.168.${dead.coordinates[0]}.${8 * dead.coordinates[2]! + 1}`;
        expect(compareMachines(without, machine())).toEqual(
          changed({
            deadBoards: { added: [], removed: [dead] },
            positions: [{ board: dead, from: null, to: dead.position }],
            addresses: [{ board: dead, from: null, to }],
          }),
        );
      }),
    );
  });

  it("changed when the position of a dead board goes to another that had none", () => {
    const deadBoards = [boards[4]!, boards[5]!];
    const before = machine({ deadBoards }, 4);
    const { boardLocations } = before;
    const after = {
      ...before,
      boardLocations: boardLocations.map(
        ([at, position]) => [String(at) === String(boards[5]) ? boards[4]! : at, position] as const,
      ),
    };
    const position = [0, 1, 2];
    expect(compareMachines(before, after)).toEqual(
      changed({
        positions: [
          { board: { ...board(boards[4]!), position }, from: null, to: position },
          { board: board(boards[5]!), from: position, to: null },
        ],
      }),
    );
  });

  it("changed when a frame without live boards gets its BMP back", () => {
    const deadBoards = boards.filter(([x]) => x === 1);
    const off = { ...machine({ deadBoards }), bmpIps: [[[0, 0], "192.168.0.0"]] } as const;
    expect(compareMachines(machine({ deadBoards }), off)).toEqual({ kind: "same" });
    expect(compareMachines(off, machine())).toEqual(
      changed({
        deadBoards: { added: [], removed: deadBoards.map(board) },
        bmps: [{ frame: [0, 1], from: null, to: "192.168.1.0" }],
      }),
    );
  });

  it("replaced when it has another size", () => {
    const deadBoards = [0, 1, 2].map((z): [number, number, number] => [2, 0, z]);
    expect(reasons(machine(), machine({ deadBoards }))).toEqual([
      { kind: "size", from: { width: 2, height: 1 }, to: { width: 3, height: 1 } },
    ]);
  });

  it("replaced when a live board has another position, address or BMP", () => {
    expect(reasons(machine(), machine({ bmpOffset: "0.0.0.3" }))).toEqual([
      { kind: "bmp", frame: [0, 0], from: "192.168.0.0", to: "192.168.0.3" },
      { kind: "bmp", frame: [0, 1], from: "192.168.1.0", to: "192.168.1.3" },
    ]);
    expect(compareMachines(machine(), machine({ spinnakerOffset: "0.0.0.2" }))).toMatchObject({
      kind: "replaced",
      reasons: [0, 1, 2].map((z) => ({
        kind: "address",
        board: board([0, 0, z]),
        from: `192.168.0.${8 * z + 1}`,
        to: `192.168.0.${8 * z + 2}`,
        takenFrom: null,
      })),
      moreReasons: 3,
    });
    const swapped = boards.map(
      ([x, y, z]) =>
        [
          [x, y, z],
          [0, 1 - x, z],
        ] as const,
    );
    const first = { ...machine(), boardLocations: swapped };
    expect(compareMachines(machine(), first)).toMatchObject({
      reasons: [0, 1, 2].map((z) => ({
        kind: "position",
        board: { index: z },
        from: [0, 0, z],
        to: [0, 1, z],
        takenFrom: { index: 3 + z },
      })),
      moreReasons: 3,
    });
  });

  it("replaced when a position passes from one board to another", () => {
    const first = machine({ deadBoards: [[1, 0, 2]] }, 5);
    const moved = machine({
      deadBoards: [[0, 0, 0]],
      boardLocations: boards
        .slice(1)
        .map(([x, y, z]) => [[x, y, z], x === 1 && z === 2 ? [0, 0, 0] : [0, x, z]] as const),
    });
    const [reason] = reasons(first, moved) as object[];
    expect(reason).toMatchObject({
      kind: "position",
      board: { index: 5, coordinates: [1, 0, 2] },
      from: null,
      to: [0, 0, 0],
      takenFrom: { index: 0, coordinates: [0, 0, 0] },
    });
  });
});
