/** What is allowed and hardly meant: warned of, with both of the things that do not fit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describe as describeConfiguration } from "../../src/config/configuration.js";
import type { ConfigurationFields } from "../../src/config/configuration-fields.js";
import { localNetworks, type Network } from "../../src/config/warnings/networks.js";
import { warningsOf } from "../../src/config/warnings/warnings.js";
import type { BoardCoordinate } from "../../src/domain/board.js";
import { ALL_LINKS, followLink, type Link, oppositeLink } from "../../src/domain/links.js";
import type { DeadLink } from "../../src/domain/machine.js";
import { Configuration, Machine } from "../../src/index.js";

function warnings(fields: ConfigurationFields, networks: readonly Network[] = []): string[] {
  return warningsOf(describeConfiguration(new Configuration(fields)), networks);
}

const desk = (name: string, n = 1, more: object = {}) =>
  Machine.singleBoard({ name, bmpIp: `10.0.${n}.0`, spinnakerIp: `10.0.${n}.1`, ...more });

const SIZE = { width: 3, height: 2 };

/** A machine of 3 × 2 triads in one frame. */
function machineWith(fields: {
  readonly deadLinks?: readonly DeadLink[];
  readonly deadBoards?: readonly BoardCoordinate[];
}): Machine {
  const boards = [0, 1, 2].flatMap((x) =>
    [0, 1].flatMap((y) => [0, 1, 2].map((z): BoardCoordinate => [x, y, z])),
  );
  return Machine.withStandardIps({
    name: "m",
    ...SIZE,
    boardLocations: boards.map((board, i) => [board, [0, 0, i]] as const),
    ...fields,
  });
}

const board = fc.tuple(fc.nat(2), fc.nat(1), fc.nat(2));
const deadLink = fc
  .tuple(board, fc.constantFrom(...ALL_LINKS))
  .map(([[x, y, z], link]): DeadLink => [x, y, z, link]);

function otherEnd([x, y, z, link]: DeadLink): DeadLink {
  return [...followLink([x, y, z], link, SIZE).board, oppositeLink(link)];
}

describe("a configuration", () => {
  it("without anything odd has no warnings", () => {
    expect(warnings({})).toEqual([]);
    expect(warnings({ machines: [desk("a", 1), desk("b", 2)], ip: "127.0.0.1" })).toEqual([]);
  });

  it("is warned of a deprecated field that it sets", () => {
    expect(warnings({ port: 5 })).toEqual([
      "`port` is deprecated; it still works: use the option --port instead",
    ]);
  });

  it("is warned of a limit that another keeps from being reached", () => {
    expect(warnings({ clientLimits: { totalBufferedBytes: 1024 * 1024 } })).toEqual([
      expect.stringMatching(/unsentBytes is 33554432, more than .*totalBufferedBytes.* 1048576/),
    ]);
    const limits = { lineBytes: 200_000, unsentBytes: 70_000, totalBufferedBytes: 100_000 };
    expect(warnings({ clientLimits: limits })).toEqual([
      expect.stringMatching(/clientLimits\.lineBytes is 200000/),
    ]);
    expect(warnings({ clientLimits: { watchesPerHost: 1000, totalWatches: 65_535 } })).toEqual([
      expect.stringMatching(/clientLimits\.watches is 65536, more than .*watchesPerHost.* 1000/),
      expect.stringMatching(/clientLimits\.watches is 65536, more than .*totalWatches.* 65535/),
    ]);
    expect(warnings({ clientLimits: { jobsPerHost: 100_000 } })).toEqual([]);
  });
});

describe("dead links", () => {
  it("are warned of where only one end of a cable between live boards is listed", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(deadLink, { maxLength: 8, selector: String }),
        fc.uniqueArray(board, { maxLength: 3, selector: String }),
        (deadLinks, deadBoards) => {
          const listed = new Set(deadLinks.map(String));
          const dead = new Set(deadBoards.map(String));
          const oneEnded = deadLinks.filter((link) => {
            const ends = [link, otherEnd(link)];
            return (
              !listed.has(String(ends[1])) && !ends.some(([x, y, z]) => dead.has(String([x, y, z])))
            );
          });
          const said = warnings({ machines: [machineWith({ deadLinks, deadBoards })] });
          expect(said).toHaveLength(oneEnded.length);
          for (const link of oneEnded) {
            const [first, second] = [link, otherEnd(link)].map((end) => `[${end.join(", ")}]`);
            expect(said.filter((text) => text.includes(`deadLinks has ${first}, `))).toEqual([
              expect.stringMatching(new RegExp(`; if the cable is bad, add \\${second}$`)),
            ]);
          }
        },
      ),
    );
  });

  it("are not warned of once the other ends are added as the warnings say", () => {
    fc.assert(
      fc.property(fc.uniqueArray(deadLink, { maxLength: 8, selector: String }), (deadLinks) => {
        const added = warnings({ machines: [machineWith({ deadLinks })] }).map(
          (text) => JSON.parse(/add (\[.*\])$/.exec(text)?.[1] ?? "") as DeadLink,
        );
        expect(
          warnings({ machines: [machineWith({ deadLinks: [...deadLinks, ...added] })] }),
        ).toEqual([]);
      }),
    );
  });

  it("are named with both boards, around the edge of the machine, too", () => {
    const deadLinks: DeadLink[] = [[2, 1, 1, 2]];
    expect(warnings({ machines: [machineWith({ deadLinks })] })).toEqual([
      'machine "m": deadLinks has [2, 1, 1, 2], the link north of board [2, 1, 1], but not the other end of that cable, the link south of board [0, 0, 0]; if the cable is bad, add [0, 0, 0, 5]',
    ]);
  });

  it("that give both ends of a cable one number are two of one end each", () => {
    // The other end of east is west: who lists it as east again means another cable.
    const deadLinks: DeadLink[] = [
      [0, 0, 0, 0],
      [...followLink([0, 0, 0], 0, SIZE).board, 0 satisfies Link],
    ];
    expect(warnings({ machines: [machineWith({ deadLinks })] })).toHaveLength(2);
  });

  it("are counted where there are many", () => {
    const deadLinks = [0, 1, 2].flatMap((x) =>
      [0, 1].flatMap((y) => [0, 1].map((link): DeadLink => [x, y, 0, link as Link])),
    );
    const said = warnings({ machines: [machineWith({ deadLinks })] });
    expect(said).toHaveLength(9);
    expect(said.at(-1)).toBe("… and 4 more of this kind");
  });

  it("outside the machine are refused: coordinates do not wrap around", () => {
    expect(() => machineWith({ deadLinks: [[3, 0, 0, 0]] })).toThrow(
      "deadLinks has [3, 0, 0, 0], outside the machine of 3 × 2 triads",
    );
    expect(() => machineWith({ deadBoards: [[0, 2, 1]] })).toThrow(
      "deadBoards has [0, 2, 1], outside the machine",
    );
  });
});

describe("names", () => {
  it.each([
    ["Spin", "spin"],
    ["spin 1", "spin1"],
    ["spin", "ｓｐｉｎ"],
    ["spin", "sp\u200bin"],
    ["café", "cafe\u0301"],
    ["spin", "sp\u0456n"],
    ["Cabinet", "\u0421\u0430binet"],
    ["RACK", "RA\u0421K"],
    ["box", "b\u03bf\u03c7"],
  ])("that are hard to tell apart are warned of, each shown as it is: %j and %j", (a, b) => {
    const shown = (name: string) => JSON.stringify(name).replace("\u200b", "\\u200b");
    expect(warnings({ machines: [desk(a, 1), desk(b, 2)] })).toEqual([
      `the machines ${shown(a)} and ${shown(b)} differ only in case, spacing or characters that look the same; if both are meant, choose names that are harder to mistake`,
    ]);
    const tagged = [desk("a", 1, { tags: [a] }), desk("b", 2, { tags: [b] })];
    expect(warnings({ machines: tagged })).toEqual([
      expect.stringContaining(
        `the tags ${shown(a)} (of machine "a") and ${shown(b)} (of machine "b") differ only`,
      ),
    ]);
  });

  it("that differ in more than that are not warned of", () => {
    const machines = [desk("spin-1", 1), desk("spin-11", 2), desk("spin_1", 3), desk("spin", 4)];
    expect(warnings({ machines })).toEqual([]);
  });

  it.each([" spin", "spin ", "\tspin", "a\nb", "a\u0000", "\u202espin", "a\u2028b", "\ud800"])(
    "and tags must show all they are: %j is refused",
    (name) => {
      const expected = /must be a string that is not empty, without control characters and without/;
      expect(() => desk(name)).toThrow(expected);
      expect(() => desk("m", 1, { tags: [name] })).toThrow(
        /tags has .*, which is not .*control characters/,
      );
    },
  );
});

describe("addresses", () => {
  it("of frames without boards are warned of", () => {
    const machine = new Machine({
      name: "m",
      width: 1,
      height: 1,
      deadBoards: [
        [0, 0, 1],
        [0, 0, 2],
      ],
      boardLocations: [
        [
          [0, 0, 0],
          [0, 0, 0],
        ],
      ],
      bmpIps: [
        [[0, 0], "10.0.0.0"],
        [[1, 0], "10.0.1.0"],
      ],
      spinnakerIps: [[[0, 0, 0], "10.0.0.1"]],
    });
    expect(warnings({ machines: [machine] })).toEqual([
      'machine "m": bmpIps has cabinet 1, frame 0 ("10.0.1.0"), but boardLocations has no board there; correct one of them, or delete the BMP',
    ]);
  });

  it("that are link-local without an interface are warned of", () => {
    const machines = [desk("m", 1, { bmpIp: "fe80::1" }), desk("n", 2, { bmpIp: "fe80::2%lo" })];
    expect(warnings({ machines })).toEqual([
      expect.stringMatching(
        /^the BMP of cabinet 0, frame 0 of machine "m" has the link-local address "fe80::1".*"fe80::1%eth0"/,
      ),
    ]);
  });

  it("that the server listens on are warned of, but for the loopback", () => {
    const machines = [desk("m", 1)];
    const said = [
      expect.stringMatching(
        /^board \[0, 0, 0\] of machine "m" has the address "10.0.1.1".*ip is "::ffff:10.0.1.1"/,
      ),
    ];
    expect(warnings({ machines, ip: "::ffff:10.0.1.1" })).toEqual(said);
    expect(warnings({ machines, ip: "0.0.0.0" })).toEqual([]);
    const own = desk("m", 1, { bmpIp: "127.0.0.1" });
    expect(warnings({ machines: [own], ip: "localhost" })).toEqual([]);
  });

  it("that are broadcast in a network of this computer are warned of", () => {
    const machines = [desk("m", 1, { bmpIp: "10.3.255.255", spinnakerIp: "192.168.7.9" })];
    const network = (address: string, netmask: string) => [
      { interfaceName: "eth0", address, netmask },
    ];
    expect(warnings({ machines }, network("10.0.7.1", "255.252.0.0"))).toEqual([
      'the BMP of cabinet 0, frame 0 of machine "m" has the address "10.3.255.255", the broadcast address of this computer\'s network at eth0, to which the server cannot send; correct it',
    ]);
    expect(warnings({ machines }, network("192.168.7.10", "255.255.255.252"))).toEqual([]);
    expect(warnings({ machines }, network("192.168.7.8", "255.255.255.254"))).toEqual([]);
    expect(warnings({ machines }, network("192.168.7.9", "255.255.255.255"))).toEqual([]);
    expect(warnings({ machines }, network("10.0.7.1", "255.0.0.0"))).toEqual([]);
  });

  it("are looked at for the networks that this computer has", () => {
    expect(localNetworks()).toContainEqual({
      interfaceName: expect.any(String),
      address: "127.0.0.1",
      netmask: "255.0.0.0",
    });
  });

  it("are not held against networks that the system does not show", () => {
    const hidden = () => {
      throw Object.assign(new Error("uv_interface_addresses"), { code: "ERR_SYSTEM_ERROR" });
    };
    expect(localNetworks(hidden)).toEqual([]);
  });
});
