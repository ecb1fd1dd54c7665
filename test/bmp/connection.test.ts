import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BmpConnection } from "../../src/bmp/exchange/connection.js";
import { BmpError } from "../../src/bmp/exchange/errors.js";
import { transact } from "../../src/bmp/exchange/transaction.js";
import { versionCommand } from "../../src/bmp/wire/commands.js";
import { type BmpRequest, decodeRequest, encodeReply, NO_DATA } from "../../src/bmp/wire/packet.js";
import { ReturnCode } from "../../src/bmp/wire/return-codes.js";
import { bmpAddress } from "./fixtures.js";

const ADDRESS = { ip: bmpAddress(3, 0), family: 4 } as const;
const LONG_MS = 20_000;
const SHORT_MS = 20;
/** The payload of a version reply, which says so much more. */
const versionOf = (text: string) => Buffer.concat([Buffer.alloc(12), Buffer.from(text)]);
const textOf = (payload: Buffer | undefined) => payload?.subarray(12).toString();
/** Long enough that what a script does in 50 ms is done within it, on a busy machine, too. */
const LATE_MS = 1_000;

/** A BMP that does as each test says, packet by packet. */
class ScriptedBmp {
  readonly socket: Socket = createSocket("udp4");
  readonly requests: BmpRequest[] = [];
  /** What it does with the packet of that number, from 0. */
  script: (request: BmpRequest, count: number, from: RemoteInfo) => void = () => undefined;

  async listen(): Promise<number> {
    this.socket.bind(0, ADDRESS.ip);
    await once(this.socket, "listening");
    this.socket.on("message", (packet, from) => {
      const request = decodeRequest(packet);
      this.requests.push(request);
      this.script(request, this.requests.length - 1, from);
    });
    return this.socket.address().port;
  }

  reply(
    { board, sequence }: BmpRequest,
    { port, address }: RemoteInfo,
    returnCode: number = ReturnCode.ok,
    payload = versionOf(""),
  ): void {
    this.socket.send(encodeReply({ board, returnCode, sequence, payload }), port, address);
  }
}

let bmp: ScriptedBmp;
let port: number;
let connection: BmpConnection;

beforeEach(async () => {
  bmp = new ScriptedBmp();
  port = await bmp.listen();
  connection = await BmpConnection.open(ADDRESS, port);
});

afterEach(() => {
  connection.close();
  bmp.socket.close();
});

const patience = (timeoutMs: number, tries: number) => ({ timeoutMs, pauseMs: 1, tries });

async function failureOf(promise: Promise<unknown>): Promise<BmpError> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof BmpError)) throw new Error(`expected a BmpError, not ${error}`);
  return error;
}

describe("a transaction", () => {
  it("is over with the reply that has its sequence number, and its payload", async () => {
    bmp.script = (request, _, from) => {
      bmp.reply({ ...request, sequence: request.sequence ^ 1 }, from, 0x80, versionOf("other"));
      bmp.socket.send(Buffer.from("no reply at all"), from.port, from.address);
      bmp.reply(request, from, 0x80, versionOf("right"));
    };
    const result = await transact(connection, versionCommand(4), patience(LONG_MS, 1));
    expect(textOf(result)).toBe("right");
  });

  it("does not take the reply to an earlier request for its own, late or repeated", async () => {
    const payload = (count: number) => versionOf(`reply ${count}`);
    bmp.script = (request, count, from) => {
      // The reply to the first request comes, twice, when the second one is out already.
      if (count === 0) return;
      bmp.reply(bmp.requests[0]!, from, 0x80, payload(0));
      bmp.reply(bmp.requests[0]!, from, 0x80, payload(0));
      bmp.reply(request, from, 0x80, payload(count));
    };
    const lost = await connection.send(versionCommand(0), SHORT_MS);
    expect(lost.reply).toBeNull();
    const reply = await connection.send(versionCommand(0), LONG_MS);
    expect(textOf(reply.reply?.payload)).toBe("reply 1");
    const next = await connection.send(versionCommand(0), LONG_MS);
    expect(textOf(next.reply?.payload)).toBe("reply 2");
  });

  it.each([0, 1, 2])("takes a late reply to its packet %i, and sends no more", async (answered) => {
    bmp.script = (_, count, from) => {
      if (count < 2) return;
      bmp.reply(bmp.requests[answered]!, from, 0x80, versionOf("late"));
    };
    const result = await transact(connection, versionCommand(0), patience(SHORT_MS, 5));
    expect(textOf(result)).toBe("late");
    expect(bmp.requests).toHaveLength(3);
  });

  it("takes a late refusal, but not one that might pass while a repetition is out", async () => {
    bmp.script = (request, count, from) => {
      if (count === 0) return;
      if (count === 1) bmp.reply(bmp.requests[0]!, from, ReturnCode.busy);
      if (count === 1) bmp.reply(request, from, 0x80, versionOf("second"));
      if (count === 3) bmp.reply(bmp.requests[2]!, from, ReturnCode.dead);
    };
    const result = await transact(connection, versionCommand(0), patience(SHORT_MS, 2));
    expect(textOf(result)).toBe("second");
    const failure = await failureOf(transact(connection, versionCommand(0), patience(SHORT_MS, 5)));
    expect(failure.message).toMatch(/^dead/);
    expect(bmp.requests).toHaveLength(4);
  });

  it("is not begun while the BMP may be at work on a packet before it", async () => {
    const events: string[] = [];
    bmp.script = (request, count, from) => {
      events.push(`request ${count}`);
      if (count === 0) return;
      // Slow with the first, it comes to the second only now.
      if (count === 1) bmp.reply(bmp.requests[0]!, from);
      const workMs = count === 1 ? 50 : 0;
      setTimeout(() => {
        events.push(`reply ${count}`);
        bmp.reply(request, from);
      }, workMs);
    };
    await transact(connection, versionCommand(0), patience(LATE_MS, 2));
    await transact(connection, versionCommand(1), patience(LATE_MS, 2));
    expect(events).toEqual(["request 0", "request 1", "reply 1", "request 2", "reply 2"]);
  });

  it("does not wait for ever for a packet that is never answered", async () => {
    bmp.script = (request, count, from) => {
      if (count === 1) bmp.reply(bmp.requests[0]!, from);
      if (count === 2) bmp.reply(request, from);
    };
    await transact(connection, versionCommand(0), patience(SHORT_MS, 2));
    await transact(connection, versionCommand(1), patience(LONG_MS, 1));
    expect(bmp.requests.map(({ board }) => board)).toEqual([0, 0, 1]);
  });

  it("does not listen to strangers", async () => {
    const stranger = createSocket("udp4");
    bmp.script = (request, _, from) => {
      const forged = encodeReply({
        board: 0,
        returnCode: ReturnCode.dead,
        sequence: request.sequence,
        payload: NO_DATA,
      });
      stranger.send(forged, from.port, from.address, () => bmp.reply(request, from));
    };
    await transact(connection, versionCommand(0), patience(LONG_MS, 1));
    stranger.close();
  });

  it("sends the same command again, under another number, when a packet is lost", async () => {
    bmp.script = (request, count, from) => {
      if (count === 3) bmp.reply(request, from);
    };
    await transact(connection, versionCommand(7), patience(SHORT_MS, 5));
    expect(bmp.requests.map(({ board, command }) => [board, command])).toEqual(
      Array(4).fill([7, 0]),
    );
    expect(new Set(bmp.requests.map(({ sequence }) => sequence)).size).toBe(4);
  });

  it("gives up after so many packets without a reply", async () => {
    const failure = await failureOf(transact(connection, versionCommand(0), patience(SHORT_MS, 3)));
    expect(failure.kind).toBe("unanswered");
    expect(failure.message).toBe("no reply to any of 3 requests within 0.02 s");
    expect(bmp.requests).toHaveLength(3);
  });

  it.each([0x82, 0x86, 0x8b, 0x8d, 0x8e])("is tried again after return code %i", async (code) => {
    bmp.script = (request, count, from) => bmp.reply(request, from, count < 2 ? code : 0x80);
    await transact(connection, versionCommand(0), patience(LONG_MS, 5));
    expect(bmp.requests).toHaveLength(3);
  });

  it.each([0x81, 0x83, 0x84, 0x85, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x8f, 0x99])(
    "has failed with return code %i at once",
    async (code) => {
      bmp.script = (request, _, from) => bmp.reply(request, from, code);
      const failure = await failureOf(
        transact(connection, versionCommand(0), patience(LONG_MS, 5)),
      );
      expect(failure.kind).toBe("refused");
      expect(failure.message).toContain(`(0x${code.toString(16)})`);
      expect(bmp.requests).toHaveLength(1);
    },
  );

  it("gives up after so many refusals that might pass, and names the last", async () => {
    bmp.script = (request, _, from) => bmp.reply(request, from, ReturnCode.busy);
    const failure = await failureOf(transact(connection, versionCommand(0), patience(LONG_MS, 4)));
    expect(failure.message).toBe("busy (0x8d)");
    expect(bmp.requests).toHaveLength(4);
  });

  it("does not wait for a reply where nobody listens, but still tries again, and says so", async () => {
    const nobody = await BmpConnection.open({ ip: bmpAddress(3, 1), family: 4 }, port);
    const failure = await failureOf(transact(nobody, versionCommand(0), patience(LONG_MS, 3)));
    expect(failure.kind).toBe("unreachable");
    expect(failure.message).toBe(
      "no reply to any of 3 requests: there is a computer at its address, but nothing listens on " +
        "the UDP port of BMPs (ECONNREFUSED)",
    );
    nobody.close();
  });

  it("says what the network said of any of its packets, even if it did not of the last", async () => {
    const later = createSocket("udp4");
    const at = { ip: bmpAddress(3, 2), family: 4 } as const;
    const other = await BmpConnection.open(at, port);
    let tried = 0;
    const failed = failureOf(
      transact(other, versionCommand(0), {
        ...patience(SHORT_MS, 3),
        // From the second packet on somebody listens there, and is silent.
        keepTrying: () => {
          if (tried++ === 0) later.bind(port, at.ip);
          return true;
        },
        pauseMs: 200,
      }),
    );
    expect((await failed).message).toMatch(/^no reply to any of 3 requests: .*\(ECONNREFUSED\)$/);
    other.close();
    later.close();
  });

  it("says so when packets may not be sent, or cannot be", async () => {
    // Nobody may send to a broadcast address without asking for it.
    const broadcast = { ip: "127.255.255.255", family: 4 } as const;
    const failure = await failureOf(BmpConnection.open(broadcast, port));
    expect(failure.kind).toBe("unreachable");
    expect(failure.message).toBe(
      "no socket could be opened to it: this computer may not send to its address; it may be a " +
        "broadcast address (EACCES)",
    );
  });

  it("is over, unanswered, when its connection is closed", async () => {
    const other = await BmpConnection.open(ADDRESS, port);
    const reply = other.send(versionCommand(0), LONG_MS);
    while (bmp.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    other.close();
    expect((await reply).reply).toBeNull();
  });
});
