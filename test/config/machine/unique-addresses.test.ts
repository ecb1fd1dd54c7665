/** Two devices with one address: refused wherever they are, and however it is spelt. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Configuration, ConfigurationError, Machine } from "../../../src/index.js";
import { spellingsOf } from "../fields/spellings.js";

interface Place {
  readonly machine: "a" | "b";
  readonly device: "bmp" | "board";
  /** Which of its frames, or of its boards; the two boards are in different frames. */
  readonly which: 0 | 1;
}

const PLACES: readonly Place[] = (["a", "b"] as const).flatMap((machine) =>
  (["bmp", "board"] as const).flatMap((device) =>
    ([0, 1] as const).map((which) => ({ machine, device, which })),
  ),
);

const nameOf = ({ machine, device, which }: Place) =>
  device === "bmp"
    ? `the BMP of cabinet 0, frame ${which} of machine "${machine}"`
    : `board [0, 0, ${which}] of machine "${machine}"`;

/** Two machines of two frames with a board each; every device has an address of its own unless given. */
function configurationWith(given: ReadonlyMap<Place, string>): Configuration {
  const at = (machine: string, device: string, which: number) => {
    const place = PLACES.find(
      (one) => one.machine === machine && one.device === device && one.which === which,
    )!;
    return given.get(place) ?? `10.9.8.${PLACES.indexOf(place) + 1}`;
  };
  const machines = ["a", "b"].map(
    (name) =>
      new Machine({
        name,
        width: 1,
        height: 1,
        deadBoards: [[0, 0, 2]],
        boardLocations: [
          [
            [0, 0, 0],
            [0, 0, 0],
          ],
          [
            [0, 0, 1],
            [0, 1, 0],
          ],
        ],
        bmpIps: [
          [[0, 0], at(name, "bmp", 0)],
          [[0, 1], at(name, "bmp", 1)],
        ],
        spinnakerIps: [
          [[0, 0, 0], at(name, "board", 0)],
          [[0, 0, 1], at(name, "board", 1)],
        ],
      }),
  );
  return new Configuration({ machines });
}

const pairs = fc
  .tuple(fc.constantFrom(...PLACES), fc.constantFrom(...PLACES))
  .filter(([one, other]) => one !== other);

describe("two devices", () => {
  it("may not have one address, however it is spelt: both are named", () => {
    fc.assert(
      fc.property(pairs, spellingsOf(2), ([one, other], { spellings: [a, b] }) => {
        const given = new Map([
          [one, a!],
          [other, b!],
        ]);
        let message = "";
        try {
          configurationWith(given);
        } catch (error) {
          if (!(error instanceof ConfigurationError)) throw error;
          message = error.message;
        }
        expect(message).toContain("no two may have the same address");
        for (const text of [nameOf(one), nameOf(other), JSON.stringify(a), JSON.stringify(b)]) {
          expect(message).toContain(text);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("may have addresses that only look alike", () => {
    const [one, other] = [PLACES[0]!, PLACES[5]!];
    for (const [a, b] of [
      ["bmp-1.example.org", "bmp-2.example.org"],
      ["fe80::1%eth0", "fe80::1%eth1"],
      ["::127.0.0.1", "127.0.0.1"],
      ["bmp", "bmp.example.org"],
    ] as const) {
      configurationWith(
        new Map([
          [one, a],
          [other, b],
        ]),
      );
    }
  });

  it("are one under the name localhost and under 127.0.0.1", () => {
    const given = new Map([
      [PLACES[0]!, "127.0.0.1"],
      [PLACES[7]!, "LocalHost."],
    ]);
    expect(() => configurationWith(given)).toThrow(
      'board [0, 0, 1] of machine "b" has the address "LocalHost.", which is that of the BMP of cabinet 0, frame 0 of machine "a", spelt "127.0.0.1" there',
    );
  });

  it("may not share an address that is computed", () => {
    const boardLocations = [0, 1, 2].map(
      (z) =>
        [
          [0, 0, z],
          [0, 0, z],
        ] as const,
    );
    const make = () =>
      new Configuration({
        machines: [
          Machine.withStandardIps({
            name: "m",
            boardLocations,
            spinnakerOffset: "0.0.0.0",
          } as never),
        ],
      });
    expect(make).toThrow(
      'board [0, 0, 0] of machine "m" has the address "192.168.0.0", which is that of the BMP of cabinet 0, frame 0 of machine "m"',
    );
  });
});
