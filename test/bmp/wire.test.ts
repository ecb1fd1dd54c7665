import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fpgaReadCommand,
  fpgaWriteCommand,
  LedAction,
  ledCommand,
  powerCommand,
  statusCommand,
  versionCommand,
} from "../../src/bmp/wire/commands.js";
import { FLAG_REGISTER, idInFlag, LINK_BANKS, stopRegister } from "../../src/bmp/wire/fpga.js";
import {
  type BmpCommand,
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
  NO_DATA,
} from "../../src/bmp/wire/packet.js";
import { describeReturnCode, isRetryable } from "../../src/bmp/wire/return-codes.js";
import { decodeStatus, encodeStatus } from "../../src/bmp/wire/status.js";
import { decodeVersion, encodeVersion } from "../../src/bmp/wire/version.js";
import { Links } from "../../src/domain/links.js";

/** Bytes as written in a datasheet: "00 ff", blanks and line breaks where they help. */
function bytes(text: string): Buffer {
  return Buffer.from(text.replace(/\s/g, ""), "hex");
}

/** name, command, sequence number, the packet byte by byte. */
const REQUESTS: readonly (readonly [string, BmpCommand, number, string])[] = [
  [
    "asks board 5 for its version",
    versionCommand(5),
    0x1234,
    "0000 87 ff 05 ff 00 00 00 00  0000 3412  00000000 00000000 00000000",
  ],
  [
    "reads FLAG of FPGA 2 of board 23",
    fpgaReadCommand(23, 2, FLAG_REGISTER),
    1,
    "0000 87 ff 17 ff 00 00 00 00  1100 0100  04000400 04000000 02000000",
  ],
  [
    "stops the link of FPGA 1, bank 1, of board 7",
    fpgaWriteCommand(7, 1, stopRegister(1), 1),
    0xffff,
    "0000 87 ff 07 ff 00 00 00 00  1200 ffff  5c000100 04000000 01000000  01000000",
  ],
  [
    "powers on boards 0, 3 and 23, by way of board 0",
    powerCommand(true, [3, 0, 23]),
    2,
    "0000 87 ff 00 ff 00 00 00 00  3900 0200  01000000 09008000 00000000",
  ],
  [
    "powers off board 1 with a delay of 0x1122 ms",
    powerCommand(false, [1], 0x1122),
    3,
    "0000 87 ff 00 ff 00 00 00 00  3900 0300  00002211 02000000 00000000",
  ],
  [
    "turns LED 7 of board 2 on",
    ledCommand(2, 7, LedAction.on),
    4,
    "0000 87 ff 00 ff 00 00 00 00  1900 0400  00c00000 04000000 00000000",
  ],
  [
    "asks board 1 for its status",
    statusCommand(1),
    5,
    "0000 87 ff 01 ff 00 00 00 00  3000 0500  03000000 00000000 00000000",
  ],
];

describe("a request", () => {
  it.each(REQUESTS)("%s", (_, command, sequence, packet) => {
    expect(encodeRequest({ ...command, sequence })).toEqual(bytes(packet));
    const { header, ...request } = decodeRequest(bytes(packet));
    expect(request).toEqual({ ...command, sequence });
    expect(header).toEqual({
      padding: 0,
      flags: 0x87,
      tag: 0xff,
      port: 0,
      source: 0xff,
      addresses: 0,
    });
  });

  it("shows the firmware the header fields it has to check", () => {
    const packet = bytes("0201 07 fe e1 fd 01 02 03 04  0000 0000  00000000 00000000 00000000");
    const { board, header } = decodeRequest(packet);
    expect(board).toBe(1);
    expect(header).toEqual({
      padding: 0x0102,
      flags: 0x07,
      tag: 0xfe,
      port: 7,
      source: 0xfd,
      addresses: 0x04030201,
    });
  });

  it("comes out of its packet as it went in, whatever it says", () => {
    const word = fc.integer({ min: 0, max: 0xffffffff });
    const half = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(
        fc.record({
          board: fc.integer({ min: 0, max: 23 }),
          command: half,
          sequence: half,
          args: fc.tuple(word, word, word),
          data: fc.uint8Array({ maxLength: 256 }).map((data) => Buffer.from(data)),
        }),
        (request) => {
          const { header: _, ...decoded } = decodeRequest(encodeRequest(request));
          expect(decoded).toEqual(request);
        },
      ),
    );
  });

  it("is refused when it does not fit its packet", () => {
    const request = { ...versionCommand(0), sequence: 0 };
    expect(() => encodeRequest({ ...request, board: 32 })).toThrow("board 32");
    expect(() => encodeRequest({ ...request, data: Buffer.alloc(257) })).toThrow("257 bytes");
    expect(() => encodeRequest({ ...request, sequence: 0x10000 })).toThrow(RangeError);
  });
});

describe("a reply", () => {
  it("without payload is 14 bytes", () => {
    const reply = { board: 3, returnCode: 0x80, sequence: 0x1234, payload: NO_DATA };
    expect(encodeReply(reply)).toEqual(bytes("0000 07 ff ff 03 00 00 00 00  8000 3412"));
    expect(decodeReply(bytes("0000 07 ff ff 03 00 00 00 00  8000 3412"))).toEqual(reply);
  });

  it("carries its payload from byte 14", () => {
    const reply = { board: 0, returnCode: 0x80, sequence: 1, payload: bytes("5a5a5a02") };
    expect(encodeReply(reply)).toEqual(bytes("0000 07 ff ff 00 00 00 00 00  8000 0100  5a5a5a02"));
    expect(decodeReply(bytes("adde 07 12 34 00 56 78 00 00  8000 0100  5a5a5a02"))).toEqual(reply);
  });

  it("is none when it is too short or says that it wants a reply", () => {
    expect(decodeReply(bytes("0000 07 ff ff 03 00 00 00 00  8000 34"))).toBeNull();
    expect(decodeReply(bytes("0000 87 ff ff 03 00 00 00 00  8000 3412"))).toBeNull();
  });
});

describe("a return code", () => {
  it("is worth a retry exactly when what was wrong may pass", () => {
    const codes = Array.from({ length: 0x10 }, (_, i) => 0x80 + i);
    expect(codes.filter(isRetryable)).toEqual([0x82, 0x86, 0x8b, 0x8d, 0x8e]);
    expect(isRetryable(0x99)).toBe(false);
  });

  it("has a name and its number", () => {
    expect(describeReturnCode(0x84)).toBe("bad argument (0x84)");
    expect(describeReturnCode(0x99)).toBe("unknown return code (0x99)");
  });
});

describe("the FPGAs", () => {
  it("carry each link in a bank of their own", () => {
    const place = (link: keyof typeof Links) => {
      const { fpga, bank } = LINK_BANKS[Links[link]];
      return [fpga, bank];
    };
    expect(place("east")).toEqual([0, 0]);
    expect(place("south")).toEqual([0, 1]);
    expect(place("southWest")).toEqual([1, 0]);
    expect(place("west")).toEqual([1, 1]);
    expect(place("north")).toEqual([2, 0]);
    expect(place("northEast")).toEqual([2, 1]);
  });

  it("have a STOP register in each bank", () => {
    expect(stopRegister(0)).toBe(0x5c);
    expect(stopRegister(1)).toBe(0x1005c);
  });

  it("show who they are in the low two bits of FLAG", () => {
    expect(idInFlag(0xfffffff2)).toBe(2);
    expect(idInFlag(0xffffffff)).toBe(3);
    expect(idInFlag(0x00000001)).toBe(1);
  });
});

describe("a version reply", () => {
  const current = {
    board: 5,
    canId: 6,
    frame: 1,
    codeBlock: 2,
    bufferBytes: 256,
    buildTime: 0x55667788,
    name: "BC&MP/Spin5-BMP",
    major: 2,
    minor: 1,
    patch: 2,
  };
  const currentBytes = bytes(
    `05 06 01 02 0001 ffff 88776655
     42 43 26 4d 50 2f 53 70 69 6e 35 2d 42 4d 50 00  32 2e 31 2e 32 00`,
  );
  const oldBytes = bytes(
    `05 06 01 02 0001 8500 88776655
     42 43 26 4d 50 2f 53 70 69 6e 35 2d 42 4d 50 00`,
  );

  it("of today's firmware has the version in its text", () => {
    expect(encodeVersion(current)).toEqual(currentBytes);
    expect(decodeVersion(currentBytes)).toEqual(current);
  });

  it("of old firmware has it as a number", () => {
    const old = { ...current, major: 1, minor: 33, patch: 0 };
    expect(encodeVersion(old)).toEqual(oldBytes);
    expect(decodeVersion(oldBytes)).toEqual(old);
  });

  it("is none when it is too short or its text holds no version", () => {
    expect(decodeVersion(currentBytes.subarray(0, 11))).toBeNull();
    expect(decodeVersion(currentBytes.subarray(0, 28))).toBeNull();
  });
});

describe("a status reply", () => {
  const status = {
    volts: {
      volts1v2c: 1.25,
      volts1v2b: 0.625,
      volts1v2a: 2.5 / 4096,
      volts1v8: 1.875,
      volts3v3: 1.875,
      volts12: 7.5,
    },
    boardTemperatures: [38.5, -1, null, null],
    externalTemperatures: [null, 20, null, null],
    fanSpeeds: [2400, null, 0, null],
    warnings: 0x01020304,
    shutdowns: 0x80000000,
  };
  const payload = bytes(
    `0000 0008 0004 0100 000c 0000 0008 0008
     8026 00ff 0080 0080
     0080 0014 0080 0080
     6009 ffff 0000 ffff
     04030201 00000080`,
  );

  it("has voltages, temperatures, fans and warnings", () => {
    expect(decodeStatus(payload)).toEqual(status);
    expect(encodeStatus(status)).toEqual(payload);
  });

  it("is none when it is too short", () => {
    expect(decodeStatus(payload.subarray(0, 47))).toBeNull();
  });
});
