/** What the server's own computer lacks counts against no BMP. */
import { Socket } from "node:dgram";
import { closeSync, openSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { lackOf, OwnLacks } from "../../src/bmp/exchange/own-lacks.js";
import { BmpServiceHarness, block, machineOf, NO_VIOLATIONS, QUICK_ORDERS } from "./fixtures.js";

const NETWORK = 9;

let bench: BmpServiceHarness | null = null;
let taken: number[] = [];

afterEach(async () => {
  giveBack();
  vi.restoreAllMocks();
  await bench?.close();
  bench = null;
});

async function start(): Promise<BmpServiceHarness> {
  bench = await BmpServiceHarness.start(
    machineOf(NETWORK, { width: 1, height: 1, boardsPerFrame: 1 }),
  );
  await answering(3);
  return bench;
}

async function answering(bmps: number): Promise<void> {
  const heard = () => bench!.observations.filter(({ kind }) => kind === "answering").length;
  bench!.service.setTimes({ ...QUICK_ORDERS, healthMs: 60_000 });
  while (heard() < bmps) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Every file that the process may open. */
function takeAllFiles(): void {
  for (;;) {
    try {
      taken.push(openSync("/dev/null", "r"));
    } catch {
      return;
    }
  }
}

function giveBack(): void {
  for (const fd of taken) closeSync(fd);
  taken = [];
}

function failing(code: string, syscall: string): Error {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

/** Each packet is refused by the system, as long as `isFailing` says so. */
function refusePackets(code: string, isFailing: () => boolean): void {
  const send = Socket.prototype.send as (...args: unknown[]) => void;
  vi.spyOn(Socket.prototype, "send").mockImplementation(function (
    this: Socket,
    ...args: unknown[]
  ) {
    const done = args.at(-1);
    // The simulator's sockets send with an address, and are not refused.
    if (args.length > 2 || !isFailing()) send.apply(this, args);
    else setImmediate(() => (done as (error: Error) => void)(failing(code, "send")));
  });
}

async function logged(text: string): Promise<void> {
  while (!bench!.log.lines.some((line) => line.includes(text))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function nothingAgainstBmps(): void {
  expect(bench!.observations.filter(({ kind }) => kind !== "answering")).toEqual([]);
  expect(bench!.log.lines.filter((line) => /has not answered|trying again/.test(line))).toEqual([]);
  expect(bench!.violations).toEqual(NO_VIOLATIONS);
}

describe("a server without a file left for a socket", () => {
  it("waits with its orders, says once what to raise, and goes on when it has some", async () => {
    await start();
    takeAllFiles();
    const order = bench!.order("on", block(0, 0, 1, 1));
    await logged("(EMFILE)");
    // Longer than all that is tried with a BMP that does not answer.
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(bench!.log.lines.filter((line) => line.includes("EMFILE"))).toEqual([
      expect.stringMatching(/^error BMP 127\..* cannot be reached from here: .*LimitNOFILE=/),
    ]);
    nothingAgainstBmps();
    giveBack();
    expect(await order).toEqual([]);
    await logged("BMPs can be reached again");
    nothingAgainstBmps();
  });
});

describe("a server that may not send, or has no room to", () => {
  it.each(["ENOBUFS", "ENOMEM", "EPERM", "EAGAIN"])("waits with its orders: %s", async (code) => {
    await start();
    let isFailing = true;
    refusePackets(code, () => isFailing);
    const orders = [
      bench!.order("on", block(0, 0, 1, 1)),
      bench!.order("off", block(0, 0, 1, 1), 2),
    ];
    await logged(`(${code})`);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    nothingAgainstBmps();
    isFailing = false;
    expect(await Promise.all(orders)).toEqual([[], []]);
    nothingAgainstBmps();
  });

  it("counts what the network says of a BMP against that, as ever", async () => {
    await start();
    refusePackets("EHOSTUNREACH", () => true);
    const failures = await bench!.order("on", block(0, 0, 1, 1));
    expect(failures.map(({ bmpSilent }) => bmpSilent)).toEqual([true, true, true]);
  });
});

describe("an error of a socket", () => {
  it.each<[string, string, boolean]>([
    ["EMFILE", "bind", true],
    ["ENFILE", "bind", true],
    ["EADDRINUSE", "bind", true],
    ["EACCES", "bind", true],
    ["EACCES", "send", true],
    ["EPERM", "send", true],
    // A broadcast address: the configuration has a wrong one.
    ["EACCES", "connect", false],
    ["ECONNREFUSED", "send", false],
    ["EHOSTUNREACH", "send", false],
    ["ENETUNREACH", "connect", false],
  ])("%s of %s is this computer's own: %s", (code, syscall, isOwn) => {
    expect(lackOf(failing(code, syscall)) !== null).toBe(isOwn);
    expect(lackOf(new Error("wrapped", { cause: failing(code, syscall) })) !== null).toBe(isOwn);
  });

  it("of nothing that is known is nobody's", () => {
    for (const error of [new Error("x"), null, "EMFILE"]) expect(lackOf(error)).toBeNull();
  });
});

describe("those that wait for something to be given back", () => {
  it("are woken one at a time, in the order in which they came", async () => {
    const lacks = new OwnLacks();
    const woken: number[] = [];
    const waits = [1, 2, 3].map((n) => lacks.wait("10.0.0.1", "files").then(() => woken.push(n)));
    lacks.freed();
    await new Promise((resolve) => setImmediate(resolve));
    expect(woken).toEqual([1]);
    await Promise.all(waits);
    expect(woken).toEqual([1, 2, 3]);
  });
});
