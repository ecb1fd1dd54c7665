import { describe, expect, it } from "vitest";
import { ConfigurationError, Links, Machine, type MachineFields } from "../../../src/index.js";

/** A machine of one triad, complete. */
const triad: MachineFields = {
  name: "m",
  boardLocations: [
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [0, 0, 1],
      [0, 0, 1],
    ],
    [
      [0, 0, 2],
      [0, 0, 2],
    ],
  ],
  bmpIps: [[[0, 0], "bmp.example"]],
  spinnakerIps: [
    [[0, 0, 0], "10.0.0.1"],
    [[0, 0, 1], "10.0.0.9"],
    [[0, 0, 2], "10.0.0.17"],
  ],
};

/** Makes a machine of fields that TypeScript would refuse, as a JavaScript file can. */
function made(fields: object): Machine {
  return Reflect.construct(Machine, [fields]) as Machine;
}

function rejection(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    if (error instanceof ConfigurationError && error.code === "CONFIGURATION_INVALID") {
      return error.message;
    }
    throw error;
  }
  throw new Error("was accepted");
}

describe("a machine", () => {
  it("infers its size from the boards that are there or dead", () => {
    expect(new Machine(triad)).toMatchObject({ width: 1, height: 1, tags: ["default"] });
    const deadBoards = [1, 2].flatMap((y) => [0, 1, 2].map((z) => [0, y, z] as const));
    expect(new Machine({ ...triad, deadBoards })).toMatchObject({ width: 1, height: 3 });
  });

  it("takes its maps as entries or as Map, its lists as array or Set, in any order", () => {
    const links = [
      [0, 0, 0, Links.north],
      [0, 0, 0, Links.east],
    ] as const;
    const one = new Machine({ ...triad, tags: ["b", "a", "b"], deadLinks: links });
    const other = new Machine({
      name: "m",
      tags: new Set(["a", "b"]),
      deadLinks: new Set([links[1], links[0], links[1]]),
      boardLocations: new Map([...(triad.boardLocations ?? [])].reverse()),
      bmpIps: new Map(triad.bmpIps),
      spinnakerIps: new Map([...(triad.spinnakerIps ?? [])].reverse()),
    });
    expect(other).toEqual(one);
    expect(one.tags).toEqual(["a", "b"]);
    expect(one.deadLinks).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 2],
    ]);
  });

  it("needs no position or address for a dead board, and allows both", () => {
    const [, ...locations] = [...(triad.boardLocations ?? [])];
    const [, ...ips] = [...(triad.spinnakerIps ?? [])];
    const dead = { ...triad, deadBoards: [[0, 0, 0]] as const };
    expect(new Machine({ ...dead, boardLocations: locations, spinnakerIps: ips }).width).toBe(1);
    expect(new Machine(dead).boardLocations).toHaveLength(3);
  });

  it("accepts host names, IPv4 and IPv6 addresses", () => {
    for (const host of ["localhost", "bmp-1.lab.example.org", "192.168.0.1", "::1", "fe80::1"]) {
      expect(new Machine({ ...triad, bmpIps: [[[0, 0], host]] }).bmpIps[0]?.[1]).toBe(host);
    }
  });

  const rejected: [what: string, fields: object, parts: string[]][] = [
    ["no name", { ...triad, name: undefined }, ["name is undefined", "a string"]],
    ["an empty name", { ...triad, name: "" }, ['name is ""']],
    ["an unknown field", { ...triad, deadBoard: [] }, ["deadBoard;", "did you mean deadBoards?"]],
    ["a field in Python's spelling", { ...triad, board_locations: [] }, ["boardLocations?"]],
    ["a field like no other", { ...triad, colour: 1 }, ["no field colour", "the fields are name"]],
    ["a string for tags", { ...triad, tags: "default" }, ['tags is "default"', "array or a Set"]],
    ["a tag that is not a string", { ...triad, tags: [1] }, ["tags has 1", "a string"]],
    ["width without height", { ...triad, width: 1 }, ["width is given without height"]],
    ["height without width", { ...triad, height: 1 }, ["height is given without width"]],
    ["half a triad", { ...triad, width: 1.5, height: 1 }, ["width (in triads) is 1.5", "whole"]],
    ["no width", { ...triad, width: 0, height: 1 }, ["width (in triads) is 0", "from 1"]],
    ["NaN", { ...triad, width: 1, height: Number.NaN }, ["height (in triads) is NaN"]],
    ["no boards", { name: "m" }, ["there are no boards", "boardLocations"]],
    [
      "a machine too small for a board",
      { ...triad, width: 1, height: 1, deadBoards: [[0, 1, 0]] },
      ["deadBoards has [0, 1, 0]", "outside the machine of 1 × 1 triads", "y 0 to 0"],
    ],
    [
      "a dead link outside",
      { ...triad, deadLinks: [[1, 0, 0, 0]] },
      ["deadLinks has [1, 0, 0, 0]", "outside"],
    ],
    [
      "FPGA ids of a board outside",
      {
        ...triad,
        fpgaIds: [
          [
            [1, 0, 0],
            [3, 3, 3],
          ],
        ],
      },
      ["fpgaIds has [1, 0, 0]", "outside"],
    ],
    [
      "an address for a board outside",
      { ...triad, spinnakerIps: [...(triad.spinnakerIps ?? []), [[3, 0, 0], "a"]] },
      ["spinnakerIps has [3, 0, 0]", "outside"],
    ],
    [
      "a location outside",
      {
        ...triad,
        width: 1,
        height: 1,
        boardLocations: [
          [
            [0, 4, 0],
            [0, 0, 0],
          ],
        ],
      },
      ["boardLocations has [0, 4, 0]", "outside"],
    ],
    ["z above 2", { ...triad, deadBoards: [[0, 0, 3]] }, ["deadBoards has [ 0, 0, 3 ]", "z from"]],
    ["a negative x", { ...triad, deadBoards: [[-1, 0, 0]] }, ["deadBoards has [ -1, 0, 0 ]"]],
    ["a link without a number", { ...triad, deadLinks: [[0, 0, 0]] }, ["[x, y, z, link]"]],
    [
      "an FPGA id of three bits",
      {
        ...triad,
        fpgaIds: [
          [
            [0, 0, 0],
            [0, 1, 4],
          ],
        ],
      },
      ["from 0 to 3"],
    ],
    [
      "two FPGA ids",
      {
        ...triad,
        fpgaIds: [
          [
            [0, 0, 0],
            [3, 3],
          ],
        ],
      },
      ["[id, id, id]"],
    ],
    ["a seventh link", { ...triad, deadLinks: [[0, 0, 0, 6]] }, ["to 5 (Links.south)"]],
    ["a map as an object", { ...triad, bmpIps: { "0,0": "a" } }, ["[key, value] entries"]],
    ["an entry of three", { ...triad, bmpIps: [[[0, 0], "a", "b"]] }, ["not a [key, value] entry"]],
    [
      "a key that is not a frame",
      { ...triad, bmpIps: [[[0], "a"]] },
      ["the key [ 0 ]", "[cabinet,"],
    ],
    [
      "a key twice",
      {
        ...triad,
        bmpIps: [
          [[0, 0], "a"],
          [[0, 0], "b"],
        ],
      },
      ["[ 0, 0 ] twice"],
    ],
    ["an empty host", { ...triad, bmpIps: [[[0, 0], ""]] }, ['""', "host name or an IP address"]],
    ["a host with a space", { ...triad, bmpIps: [[[0, 0], "a b"]] }, ['"a b"', "host name"]],
    ["half an address", { ...triad, bmpIps: [[[0, 0], "10.0.0"]] }, ['"10.0.0"', "IP address"]],
    ["an octet of 256", { ...triad, bmpIps: [[[0, 0], "10.0.0.256"]] }, ['"10.0.0.256"']],
    [
      "two boards in one position",
      {
        ...triad,
        boardLocations: [0, 1, 2].map((z) => [
          [0, 0, z],
          [0, 0, z % 2],
        ]),
      },
      ["both [0, 0, 0] and [0, 0, 2] at cabinet 0, frame 0, board 0"],
    ],
    [
      "a board number that no BMP can address",
      {
        ...triad,
        boardLocations: [
          [
            [0, 0, 0],
            [0, 0, 32],
          ],
        ],
      },
      ["[ 0, 0, 32 ]", "board at most 31"],
    ],
    [
      "a live board without a position",
      {
        ...triad,
        boardLocations: [
          [
            [0, 0, 0],
            [0, 0, 0],
          ],
        ],
      },
      ["board [0, 0, 1] has no position", "board [0, 0, 2] has no position", "deadBoards if"],
    ],
    ["a live board without an address", { ...triad, spinnakerIps: [] }, ["has no address"]],
    [
      "a frame without a BMP",
      { ...triad, bmpIps: [] },
      ["cabinet 0, frame 0 has live boards but no BMP"],
    ],
  ];

  it.each(rejected)("rejects %s", (_, fields, parts) => {
    const message = rejection(() => made(fields));
    expect(message).toMatch(
      "name" in fields && fields.name === "m" ? /^machine "m": / : /^machine /,
    );
    for (const part of parts) expect(message).toContain(part);
  });

  it("rejects what is not an object of fields", () => {
    expect(rejection(() => Reflect.construct(Machine, ["m"]))).toContain('"m" was given');
    expect(rejection(() => Reflect.construct(Machine, []))).toContain("undefined was given");
  });

  it("tells of many problems at once, but not of a thousand", () => {
    const message = rejection(() => made({ name: "big", width: 20, height: 20 }));
    expect(message.split("\n")).toHaveLength(11);
    expect(message).toContain("and 2390 more");
  });
});

describe("a single board", () => {
  it("is one triad with two dead boards", () => {
    const machine = Machine.singleBoard({ name: "s", bmpIp: "bmp", spinnakerIp: "10.0.0.1" });
    expect({ ...machine }).toMatchObject({
      name: "s",
      tags: ["default"],
      width: 1,
      height: 1,
      deadBoards: [
        [0, 0, 1],
        [0, 0, 2],
      ],
      deadLinks: [],
      boardLocations: [
        [
          [0, 0, 0],
          [0, 0, 0],
        ],
      ],
      bmpIps: [[[0, 0], "bmp"]],
      spinnakerIps: [[[0, 0, 0], "10.0.0.1"]],
    });
  });

  it("rejects missing addresses and unknown fields", () => {
    const make = () => Reflect.apply(Machine.singleBoard, Machine, [{ name: "s", bmpIP: "a" }]);
    const message = rejection(make);
    expect(message).toContain('machine "s": there is no field bmpIP; did you mean bmpIp?');
    expect(message).toContain('machine "s": bmpIp is undefined; it must be a host name');
    expect(message).toContain('machine "s": spinnakerIp is undefined');
  });
});
