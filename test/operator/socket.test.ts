/** The operator's socket itself, with programs that send what they should not. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, onTestFinished, test } from "vitest";
import { MOST_CONNECTIONS, MOST_LINE_BYTES } from "../../src/operator/limits.js";
import { startOperatorServer } from "../../src/operator/server.js";
import { commandsThatAnswer } from "./commands.js";

const LOG = { debug() {}, info() {}, warn() {}, error() {} };
const LIST = '{"command":"quarantine.list"}';
const EMPTY_LIST = '{"result":{"boards":[],"silentBmps":[],"suspectBmps":[]}}';

async function serve(): Promise<{ connect(): Promise<Socket> }> {
  const directory = mkdtempSync(join(tmpdir(), "spalloc-operator-"));
  const path = join(directory, "operator.sock");
  const server = await startOperatorServer({
    socket: path,
    commands: commandsThatAnswer,
    currentMark: () => 0,
    whenDurable: (_, callback) => callback(),
    log: LOG,
  });
  const sockets: Socket[] = [];
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    async connect() {
      const socket = createConnection(path);
      sockets.push(socket);
      socket.on("error", () => {});
      await once(socket, "connect");
      return socket;
    },
  };
}

async function nextLine(socket: Socket): Promise<string> {
  const [line] = await once(createInterface({ input: socket }), "line");
  return String(line);
}

test("requests are answered in their order, however they are cut", async () => {
  const socket = await (await serve()).connect();
  const bytes = `${LIST}\n${LIST}\r\n\n{"command":"x"}\n`;
  for (const byte of bytes) socket.write(byte);
  const lines: string[] = [];
  for await (const line of createInterface({ input: socket })) {
    lines.push(line);
    if (lines.length === 3) break;
  }
  expect(lines).toEqual([
    EMPTY_LIST,
    EMPTY_LIST,
    expect.stringContaining("there is no command x; there are quarantine.list"),
  ]);
});

test("a line of 300 MB is refused while it is being sent, and held nowhere; others are answered", async () => {
  const { connect } = await serve();
  const [flood, other] = [await connect(), await connect()];
  const answer = nextLine(flood);
  const piece = Buffer.alloc(1 << 20, "x");
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for (let sent = 0; sent < 300; sent++) {
    await new Promise<void>((resolve) => void flood.write(piece, () => resolve()));
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    if (sent % 50 === 0) {
      other.write(`${LIST}\n`);
      expect(await nextLine(other)).toBe(EMPTY_LIST);
    }
  }
  expect(await answer).toBe(
    `{"error":"the request is wrong: it has more than ${MOST_LINE_BYTES} bytes"}`,
  );
  expect(most).toBeLessThan(100 << 20);
});

test("a line of the limit is read, one byte more is not", async () => {
  const { connect } = await serve();
  const padded = (length: number) => `${" ".repeat(length - LIST.length)}${LIST}\n`;
  const [right, wrong] = [await connect(), await connect()];
  right.write(padded(MOST_LINE_BYTES));
  expect(await nextLine(right)).toBe(EMPTY_LIST);
  wrong.write(padded(MOST_LINE_BYTES + 1));
  expect(await nextLine(wrong)).toContain("it has more than");
});

test("what is not UTF-8 is refused", async () => {
  const socket = await (await serve()).connect();
  socket.write(Buffer.from([0x7b, 0xff, 0x7d, 0x0a]));
  expect(await nextLine(socket)).toBe('{"error":"the request is wrong: it is not UTF-8"}');
});

test("a program that reads no answers is not read from", async () => {
  const { connect } = await serve();
  const [deaf, other] = [await connect(), await connect()];
  deaf.pause();
  const many = Buffer.from(`${"x".repeat(60_000)}\n`.repeat(20));
  let taken = 0;
  while (deaf.writableLength < 50 * many.length && taken < 500) {
    deaf.write(many);
    taken++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(deaf.writableLength).toBeGreaterThan(10 * many.length);
  other.write(`${LIST}\n`);
  expect(await nextLine(other)).toBe(EMPTY_LIST);
});

test("more programs than may be connected at once are told so", async () => {
  const { connect } = await serve();
  const programs = await Promise.all(Array.from({ length: MOST_CONNECTIONS }, connect));
  expect(await nextLine(await connect())).toBe(
    '{"error":"64 programs are connected already; end some of them"}',
  );
  programs[0]!.write(`${LIST}\n`);
  expect(await nextLine(programs[0]!)).toBe(EMPTY_LIST);
});

test("text of others is sent as it may be shown", async () => {
  const socket = await (await serve()).connect();
  socket.write(`${JSON.stringify({ command: "\u001b[2J\u009b\u202e\u2028x" })}\n`);
  const line = await nextLine(socket);
  expect(line).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(line).error).toContain("no command \\u001b[2J\\u009b\\u202e\\u2028x;");
});
