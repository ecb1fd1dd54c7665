import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Machine, type StandardIpsFields } from "../../../src/index.js";

/** One live board in a position, its two neighbours dead. */
function boardAt(position: readonly [number, number, number], fields: object = {}): Machine {
  const all: StandardIpsFields = {
    name: "m",
    boardLocations: [[[0, 0, 0], position]],
    deadBoards: [
      [0, 0, 1],
      [0, 0, 2],
    ],
    ...fields,
  };
  return Machine.withStandardIps(all);
}

describe("standard addresses", () => {
  it("follow from cabinet, frame and board", () => {
    const machine = boardAt([2, 3, 4]);
    expect(machine.bmpIps).toEqual([[[2, 3], "192.168.13.0"]]);
    expect(machine.spinnakerIps).toEqual([[[0, 0, 0], "192.168.13.33"]]);
  });

  it("take every base, stride and offset into account", () => {
    const machine = boardAt([1, 1, 1], {
      baseIp: "1.0.0.0",
      cabinetStride: "0.1.0.0",
      frameStride: "0.0.1.0",
      boardStride: "0.0.0.2",
      bmpOffset: "0.0.0.5",
      spinnakerOffset: "0.0.1.254",
    });
    expect(machine.bmpIps).toEqual([[[1, 1], "1.1.1.5"]]);
    expect(machine.spinnakerIps).toEqual([[[0, 0, 0], "1.1.3.0"]]);
  });

  it("are 32-bit sums", () => {
    const number = (address: string) =>
      address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
    fc.assert(
      fc.property(fc.nat(99), fc.nat(99), fc.nat(31), (cabinet, frame, board) => {
        const machine = boardAt([cabinet, frame, board], { baseIp: "200.0.0.0" });
        const start = 200 * 2 ** 24 + cabinet * 5 * 256 + frame * 256;
        expect(number(machine.bmpIps[0]?.[1] ?? "")).toBe(start);
        expect(number(machine.spinnakerIps[0]?.[1] ?? "")).toBe(start + board * 8 + 1);
      }),
    );
  });

  it("must be those of single devices, and do not reach beyond 255.255.255.255", () => {
    const highest = { baseIp: "223.255.255.254" };
    expect(boardAt([0, 0, 0], highest).spinnakerIps[0]?.[1]).toBe("223.255.255.255");
    expect(() => boardAt([0, 1, 0], highest)).toThrow(
      'machine "m": the address of the BMP of cabinet 0, frame 1 comes out as 224.0.0.254 (a multicast address)',
    );
    expect(() => boardAt([0, 0, 1], highest)).toThrow(
      "the address of the board in cabinet 0, frame 0, board 1 comes out as 224.0.0.7 (a multicast address)",
    );
    expect(() => boardAt([0, 0, 0], { baseIp: "0.0.0.0" })).toThrow(
      "the board in cabinet 0, frame 0, board 0 comes out as 0.0.0.1 (which stands for any address",
    );
    const last = { baseIp: "255.255.255.255", spinnakerOffset: "0.0.0.0" };
    expect(() => boardAt([0, 0, 0], last)).toThrow("comes out as 255.255.255.255 (a broadcast");
    expect(() => boardAt([0, 1, 0], last)).toThrow(
      'machine "m": the address of the BMP of cabinet 0, frame 1 comes out past 255.255.255.255',
    );
    expect(() => boardAt([0, 0, 1], last)).toThrow(
      "the address of the board in cabinet 0, frame 0, board 1 comes out past 255.255.255.255",
    );
  });

  it.each(["192.168.0", "192.168.0.256", "host", "", "::1", "010.0.0.1", 7, null])(
    "reject %j as an address",
    (baseIp) => {
      expect(() => boardAt([0, 0, 0], { baseIp })).toThrow(
        /^machine "m": baseIp is .*; it must be an IPv4 address/,
      );
    },
  );

  it("reject unknown fields", () => {
    expect(() => boardAt([0, 0, 0], { cabinet_stride: "0.0.1.0" })).toThrow(
      "did you mean cabinetStride?",
    );
    expect(() => boardAt([0, 0, 0], { bmpIps: [] })).toThrow("there is no field bmpIps");
  });

  it("still need boards", () => {
    const make = () => Reflect.apply(Machine.withStandardIps, Machine, [{ name: "m" }]);
    expect(make).toThrow('machine "m": there are no boards');
  });
});
