/** Where log lines go: real pipes, files and devices. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LogOutput } from "../../src/host/log/log-output.js";

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

let directory: string;
let open: number[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spalloc-log-"));
  open = [];
});

afterEach(() => {
  for (const fd of open) closeSync(fd);
  rmSync(directory, { recursive: true });
});

function opened(path: string, flags: number | string): number {
  const fd = openSync(path, flags);
  open.push(fd);
  return fd;
}

/** A pipe, with both its ends; writing to a full one waits. */
function pipe(): { readonly path: string; readonly reader: number; readonly writer: number } {
  const path = join(directory, `pipe${open.length}`);
  execFileSync("mkfifo", [path]);
  const reader = opened(path, O_RDONLY | O_NONBLOCK);
  return { path, reader, writer: opened(path, O_WRONLY) };
}

const droppedLine = (lines: number) => `missing: ${lines}\n`;

/** What is in the pipe, up to so many bytes; nothing when it is empty. */
function readSome(fd: number, bytes: number): string {
  const buffer = Buffer.alloc(bytes);
  try {
    return buffer.toString("utf8", 0, readSync(fd, buffer, 0, bytes, null));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return "";
    throw error;
  }
}

/** Reads until all has come that waits. */
async function readAll(fd: number, output: LogOutput): Promise<string> {
  let text = "";
  let empty = 0;
  while (empty < 2) {
    await output.drained(40);
    const more = readSome(fd, 1 << 20);
    empty = more === "" ? empty + 1 : 0;
    text += more;
  }
  return text;
}

/** Lines that were written or are said to be missing, and the numbers of those that were. */
function countLines(text: string): { readonly all: number; readonly numbers: number[] } {
  const numbers: number[] = [];
  let all = 0;
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const missing = /^missing: (\d+)$/.exec(line)?.[1];
    const number = /^line (\d+) x*$/.exec(line)?.[1];
    expect(missing ?? number, `"${line.slice(0, 40)}" is a whole line`).toBeDefined();
    if (number !== undefined) numbers.push(Number(number));
    all += missing === undefined ? 1 : Number(missing);
  }
  return { all, numbers };
}

describe("a pipe that nobody reads", () => {
  it("takes no time of the writer, and the first line after the gap says how many are missing", async () => {
    const { reader, writer } = pipe();
    const output = new LogOutput(writer, { droppedLine, mostWaitingBytes: 10_000 });
    for (let n = 0; n < 3000; n++) output.write(`line ${n} ${"x".repeat(100)}\n`);
    const before = await readAll(reader, output);
    output.write("line 3000 \n");
    const text = before + (await readAll(reader, output));
    const { all, numbers } = countLines(text);
    expect(all).toBe(3001);
    expect(numbers.length).toBeLessThan(1000);
    expect(text).toMatch(/missing: \d+\nline 3000 \n$/);
  });

  it("loses no line uncounted, and cuts none, however it is read", async () => {
    const step = fc.oneof(
      fc.record({ write: fc.integer({ min: 1, max: 400 }), length: fc.nat(2000) }),
      fc.record({ read: fc.integer({ min: 1, max: 100_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { reader, writer } = pipe();
        const output = new LogOutput(writer, { droppedLine, mostWaitingBytes: 50_000 });
        let written = 0;
        let text = "";
        for (const each of steps) {
          if ("read" in each) text += readSome(reader, each.read);
          else {
            for (let n = 0; n < each.write; n++) {
              output.write(`line ${written++} ${"x".repeat(each.length)}\n`);
            }
          }
        }
        text += await readAll(reader, output);
        const { all, numbers } = countLines(text);
        expect(all).toBe(written);
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      }),
      { numRuns: 10 },
    );
  });
});

describe("an output that fails", () => {
  it("does not disturb the writer when its reader has gone; a later reader learns what is missing", async () => {
    const { path, reader, writer } = pipe();
    const output = new LogOutput(writer, { droppedLine });
    output.write("line 0 \n");
    expect(readSome(reader, 100)).toBe("line 0 \n");
    closeSync(open.splice(open.indexOf(reader), 1)[0]!);
    for (let n = 1; n <= 5; n++) output.write(`line ${n} \n`);
    const next = opened(path, O_RDONLY | O_NONBLOCK);
    output.write("line 6 \n");
    expect(await readAll(next, output)).toBe("missing: 5\nline 6 \n");
  });

  it("does not disturb the writer when its disk is full", async () => {
    const output = new LogOutput(opened("/dev/full", O_WRONLY), { droppedLine });
    for (let n = 0; n < 10; n++) output.write(`line ${n} \n`);
    await output.drained(100);
  });
});

describe("a file", () => {
  it("gets all lines in order, also those that are written just before the end", async () => {
    const path = join(directory, "log");
    const output = new LogOutput(opened(path, "a"), { droppedLine });
    for (let n = 0; n < 500; n++) output.write(`line ${n} \n`);
    await output.drained(10_000);
    expect(countLines(readFileSync(path, "utf8")).numbers).toEqual(
      Array.from({ length: 500 }, (_, n) => n),
    );
  });
});
