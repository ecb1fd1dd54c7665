/**
 * Packets that come from a BMP's address and port and are not its replies. A forger does as well as
 * root on the same network can: here the BMP's own socket sends them.
 */
import { createSocket, type RemoteInfo, Socket } from "node:dgram";
import { once } from "node:events";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LocalPorts } from "../../src/bmp/exchange/bmp-socket.js";
import { BmpConnection } from "../../src/bmp/exchange/connection.js";
import { Connections } from "../../src/bmp/exchange/connections.js";
import { BmpError } from "../../src/bmp/exchange/errors.js";
import { SequenceNumbers } from "../../src/bmp/exchange/sequence-numbers.js";
import { transact } from "../../src/bmp/exchange/transaction.js";
import { forgeryLog } from "../../src/bmp/frames/forgery-log.js";
import {
  fpgaReadCommand,
  fpgaWriteCommand,
  powerCommand,
  statusCommand,
  versionCommand,
} from "../../src/bmp/wire/commands.js";
import {
  type BmpCommand,
  type BmpRequest,
  decodeRequest,
  encodeReply,
  NO_DATA,
} from "../../src/bmp/wire/packet.js";
import { misfitOf } from "../../src/bmp/wire/reply-form.js";
import { ReturnCode } from "../../src/bmp/wire/return-codes.js";
import { bmpAddress } from "./fixtures.js";

const ADDRESS = { ip: bmpAddress(4, 0), family: 4 } as const;
const LONG_MS = 20_000;
const SHORT_MS = 20;

/** Each command, and the payload of its ok. */
const COMMANDS: readonly (readonly [BmpCommand, Buffer])[] = [
  [versionCommand(3), Buffer.alloc(12)],
  [fpgaReadCommand(3, 1, 0x40004), Buffer.alloc(4)],
  [fpgaWriteCommand(3, 1, 0x5c, 1), NO_DATA],
  [powerCommand(true, [3]), NO_DATA],
  [statusCommand(3), Buffer.alloc(48)],
];

let bmp: Socket;
let port: number;
let requests: { readonly request: BmpRequest; readonly from: RemoteInfo }[];
let script: (request: BmpRequest, from: RemoteInfo) => void;

beforeEach(async () => {
  requests = [];
  script = () => {};
  bmp = createSocket("udp4");
  bmp.bind(0, ADDRESS.ip);
  await once(bmp, "listening");
  ({ port } = bmp.address());
  bmp.on("message", (packet, from) => {
    const request = decodeRequest(packet);
    requests.push({ request, from });
    script(request, from);
  });
});

afterEach(() => bmp.close());

function send(packet: Buffer, from: RemoteInfo): void {
  bmp.send(packet, from.port, from.address);
}

const ok = ({ board, sequence }: BmpRequest, payload: Buffer) =>
  encodeReply({ board, sequence, returnCode: ReturnCode.ok, payload });

const patience = (timeoutMs: number, tries: number) => ({ timeoutMs, pauseMs: 1, tries });

async function failureOf(promise: Promise<unknown>): Promise<BmpError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof BmpError)) throw new Error(`expected a BmpError, not ${error}`);
  return error;
}

describe("a packet from a BMP's address is not its reply", () => {
  it("with the right number from another board", async () => {
    const connection = await BmpConnection.open(ADDRESS, port);
    script = (request, from) => {
      send(ok({ ...request, board: 4 }, Buffer.alloc(12, 1)), from);
      send(ok(request, Buffer.alloc(12, 2)), from);
    };
    expect(await transact(connection, versionCommand(3), patience(LONG_MS, 1))).toEqual(
      Buffer.alloc(12, 2),
    );
    connection.close();
  });

  it.each(COMMANDS)("with the payload of another command: %j", async (command, payload) => {
    const connection = await BmpConnection.open(ADDRESS, port);
    script = (request, from) => {
      for (const [, other] of COMMANDS) {
        if (other.length !== payload.length && !(command.command === 0 && other.length >= 12))
          send(ok(request, other), from);
      }
      send(ok(request, payload), from);
    };
    expect(await transact(connection, command, patience(LONG_MS, 1))).toEqual(payload);
    connection.close();
  });

  it("from chips, from a port of a chip, or with a return code that is none", async () => {
    const connection = await BmpConnection.open(ADDRESS, port);
    script = (request, from) => {
      for (const [at, byte] of [
        [8, 1],
        [9, 1],
        [5, request.board | 0x20],
        [10, 0],
      ] as const) {
        const forged = ok(request, Buffer.alloc(12, 1));
        forged[at] = byte;
        send(forged, from);
      }
      send(ok(request, Buffer.alloc(12, 2)), from);
    };
    expect((await transact(connection, versionCommand(3), patience(LONG_MS, 1)))[0]).toBe(2);
    connection.close();
  });

  it("and where nothing else comes, the reason says what did, and that the BMP is there", async () => {
    const connection = await BmpConnection.open(ADDRESS, port);
    script = (request, from) => send(ok(request, Buffer.alloc(3)), from);
    const failure = await failureOf(transact(connection, statusCommand(3), patience(SHORT_MS, 3)));
    expect(failure.isSilence).toBe(false);
    expect(failure.message).toBe(
      "no reply to any of 3 requests that can be one to it: what came has 3 bytes of payload, and not 48",
    );
    script = () => {};
    const silent = await failureOf(transact(connection, statusCommand(3), patience(SHORT_MS, 1)));
    expect(silent.kind).toBe("unanswered");
    connection.close();
  });

  it("is known by its form alone, for each command", () => {
    for (const [command, payload] of COMMANDS) {
      const reply = { board: command.board, sequence: 0, returnCode: ReturnCode.ok, payload };
      expect(misfitOf(command, reply)).toBeNull();
      expect(misfitOf(command, { ...reply, payload: NO_DATA, returnCode: 0x8d })).toBeNull();
      expect(misfitOf(command, { ...reply, payload: Buffer.alloc(7) })).toMatch(/7 bytes/);
      expect(misfitOf(command, { ...reply, returnCode: 0x7f })).toMatch(/return code 0x7f/);
      expect(misfitOf(command, { ...reply, board: 9 })).toMatch(/from board 9/);
    }
  });
});

describe("who forges replies", () => {
  it("cannot foretell a number from those before it, and none comes twice", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 0xffff }), { minLength: 1 }), (drawn) => {
        let at = 0;
        const sequences = new SequenceNumbers(() => drawn[at++ % drawn.length]!);
        const used = drawn.map(() => sequences.next());
        expect(new Set(used).size).toBe(used.length);
        expect(used[0]).toBe(drawn[0]);
        for (const each of used) expect(sequences.wasUsed(each)).toBe(true);
      }),
    );
    const many = new SequenceNumbers();
    const numbers = Array.from({ length: 40_000 }, () => many.next());
    expect(new Set(numbers.slice(0, 10_000)).size).toBe(10_000);
    const steps = new Set(numbers.map((each, i) => (each - (numbers[i - 1] ?? 0)) & 0xffff));
    expect(steps.size).toBeGreaterThan(10_000);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(0x10000);
  });

  it("has a few guesses at one port; then the next packet comes from another", async () => {
    const told: string[] = [];
    const connection = await BmpConnection.open(ADDRESS, port, {
      onGuesses: (ip) => told.push(ip),
    });
    script = (request, from) => {
      if (requests.length > 1) {
        send(ok(request, Buffer.alloc(12)), from);
        return;
      }
      // All numbers but the right one: it would have to be among the first few.
      for (let guess = 1; guess <= 2_000; guess++) {
        send(ok({ ...request, sequence: (request.sequence + guess) & 0xffff }, NO_DATA), from);
      }
      send(ok(request, Buffer.alloc(12, 0xbb)), from);
    };
    const payload = await transact(connection, versionCommand(3), patience(100, 2));
    expect(payload).toEqual(Buffer.alloc(12));
    expect(told).toEqual([ADDRESS.ip]);
    expect(requests[1]!.from.port).not.toBe(requests[0]!.from.port);
    connection.close();
  });

  it("is not suspected where replies are late, or come again and again", async () => {
    const told: string[] = [];
    const connection = await BmpConnection.open(ADDRESS, port, {
      onGuesses: (ip) => told.push(ip),
    });
    script = (_, from) => {
      for (const { request } of requests.toReversed()) {
        for (let i = 0; i < 5; i++) send(ok(request, Buffer.alloc(12)), from);
      }
    };
    for (let i = 0; i < 20; i++) {
      await transact(connection, versionCommand(i), patience(LONG_MS, 1));
    }
    expect(told).toEqual([]);
    expect(new Set(requests.map(({ from }) => from.port)).size).toBe(1);
    connection.close();
  });

  it("has to find the port anew for each piece of work", async () => {
    const connections = new Connections(port);
    script = (request, from) => send(ok(request, Buffer.alloc(12)), from);
    for (let i = 0; i < 20; i++) {
      await connections.run(ADDRESS, (connection) =>
        transact(connection, versionCommand(0), patience(LONG_MS, 1)),
      );
    }
    const ports = requests.map(({ from }) => from.port);
    ports.forEach((each, at) => {
      expect(ports.slice(Math.max(0, at - 16), at)).not.toContain(each);
    });
  });

  it("finds no port that was used lately, even where the system gives it out again", async () => {
    const given = [40_000, 40_000, 40_001, 40_001, 40_000, 40_002];
    const address = vi.spyOn(Socket.prototype, "address");
    address.mockImplementation(() => ({
      address: "127.0.0.1",
      family: "IPv4",
      port: given.shift()!,
    }));
    const ports = new LocalPorts();
    try {
      for (const left of [5, 3, 0]) {
        (await ports.openSocket(ADDRESS, port)).close();
        expect(given).toHaveLength(left);
      }
    } finally {
      address.mockRestore();
    }
  });

  it("is logged of each BMP once a minute", () => {
    const lines: string[] = [];
    const log = {
      debug() {},
      info() {},
      error() {},
      warn: (_: object, line: string) => void lines.push(line),
    };
    const note = forgeryLog(log);
    for (let i = 0; i < 1000; i++) note("10.11.3.0");
    note("10.11.4.0");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain("BMP 10.11.3.0: packets come from its address that look like");
  });
});
