/** A check of a board says what is wrong with it: that it is off, rather than what that looks like. */
import { afterEach, describe, expect, it } from "vitest";
import { CommandCode } from "../../src/bmp/wire/commands.js";
import type { FpgaIds } from "../../src/domain/machine.js";
import { BmpServiceHarness, bmpAddress, machineOf, refuse, singleBoard } from "./fixtures.js";

const NETWORK = 1;
const BMP = bmpAddress(NETWORK, 0);
const ALLOCATION = singleBoard([0, 0, 1]);

let bench: BmpServiceHarness;

afterEach(() => bench.close());

/** A board that is on. */
async function boardOn(fpgaIds: readonly FpgaIds[] = []) {
  const machine = machineOf(NETWORK, { width: 1, height: 1 });
  bench = await BmpServiceHarness.start({
    ...machine,
    fpgaIds: fpgaIds.map((ids) => [[0, 0, 1], ids] as const),
  });
  expect(await bench.order("on", ALLOCATION)).toEqual([]);
  return bench.simulator.board(BMP, 1);
}

async function problem(): Promise<string | undefined> {
  return (await bench.order("check", ALLOCATION))[0]?.reason;
}

describe("a check of a board", () => {
  it("that is off says so, and by what supply it knows", async () => {
    (await boardOn()).powerOff(Date.now());
    expect(await problem()).toBe("it is off: its 1.8 V supply is at 0.00 V");
  });

  it("that has shut itself off says so, with its shutdown bits", async () => {
    (await boardOn()).shutDown(Date.now(), 0x4);
    expect(await problem()).toBe("it is off: it has shut itself off (shutdown bits 0x00000004)");
  });

  it("that is off does not take it for one with bitfiles of their own, whatever their ids", async () => {
    (await boardOn([[3, 3, 3]])).powerOff(Date.now());
    expect(await problem()).toBe("it is off: its 1.8 V supply is at 0.00 V");
  });

  it("that is on names the FPGA that is not loaded", async () => {
    const now = Date.now();
    (await boardOn()).powerOn(now, 600_000);
    expect(await problem()).toBe(
      "FPGA 0 is not loaded (its flag register reads 0xffffffff), though the board is on",
    );
  });

  it("whose status cannot be read says what it looks like, and what could not be read", async () => {
    (await boardOn()).powerOff(Date.now());
    bench.simulator.bmp(BMP).faults.add({ command: CommandCode.info, effect: refuse(0x83) });
    expect(await problem()).toMatch(
      /^FPGA 0 is not loaded .*, as of a board that is off; its status could not be read: .*\(0x83\)$/,
    );
  });

  it("names an id that is not the FPGA's number, and the setting where there is one", async () => {
    const board = await boardOn([[0, 3, 2]]);
    board.showFpgaIds([0, 1, 2]);
    expect(await problem()).toBe(
      "FPGA 1 has id 1 instead of 3, its id by fpgaIds of the configuration (its flag register reads 0x5a5a5a51)",
    );
    board.showFpgaIds([0, 3, 0]);
    expect(await problem()).toBe(
      "FPGA 2 has id 0 instead of 2 (its flag register reads 0x5a5a5a50; if that is right, see fpgaIds)",
    );
  });
});
