import { describe, expect, it } from "vitest";
import type { PacketEntry } from "../../src/simulator/packet-log.js";
import { stepsAt } from "./steps.js";

const TIMES = { powerOnMs: 20, settleMs: 30 };

/** One BMP's conversation: `on?` a request, `on!` its reply, each 1 ms after the one before. */
function conversation(words: string, bmp = "b"): PacketEntry[] {
  let command = "";
  return words.split(" ").map((word, i) => {
    const isRequest = word.endsWith("?");
    if (isRequest) command = word.slice(0, -1);
    const power = { on: 1, off: 0 }[command];
    const name = power === undefined ? command : "power";
    return {
      ...{ number: i + 1, at: i, bmp, sequence: i, board: 0, overlaps: false, tampered: false },
      direction: isRequest ? "request" : "reply",
      fate: "passed",
      command: isRequest ? name : null,
      args: isRequest && power !== undefined ? [power, 1, 0] : [],
      returnCode: isRequest ? null : 0x80,
    };
  });
}

const CHECK = "version? version! fpgaRead? fpgaRead!";

describe("the step in which a BMP was", () => {
  it.each([
    ["version?", "probe"],
    ["version? version!", "probe"],
    ["version? version! on?", "power-on"],
    ["version? version! on? on!", "settle"],
    ["version? version! on? on! version?", "check"],
    [`version? version! on? on! ${CHECK}`, "check"],
    [`version? version! on? on! ${CHECK} version?`, "check"],
    [`version? version! on? on! ${CHECK} fpgaWrite?`, "links"],
    [`version? version! on? on! ${CHECK} fpgaWrite? fpgaWrite!`, "links"],
    [`on? on! ${CHECK} fpgaWrite? fpgaWrite! version?`, "probe"],
    ["off?", "power-off"],
    ["off? off! version?", "probe"],
  ])("is told from its last packets: %s", (words, step) => {
    const packets = conversation(words);
    expect([...stepsAt(packets.length, packets, TIMES)]).toEqual([step]);
  });

  it("lasts as long as the next packet is not due, and then it had nothing to do", () => {
    const on = conversation("on?");
    expect(stepsAt(30, on, TIMES).has("power-on")).toBe(true);
    expect(stepsAt(31, on, TIMES).size).toBe(0);
    const settling = conversation("on? on!");
    expect(stepsAt(41, settling, TIMES).has("settle")).toBe(true);
    expect(stepsAt(42, settling, TIMES).size).toBe(0);
    expect(stepsAt(12, conversation("off? off!"), TIMES).size).toBe(0);
  });

  it("is each BMP's own, and what came later does not count", () => {
    const packets = [...conversation("off? off!", "a"), ...conversation("on? on!", "b")];
    expect([...stepsAt(0, packets, TIMES)].sort()).toEqual(["power-off", "power-on"]);
  });
});
