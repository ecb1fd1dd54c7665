import { describe, expect, it } from "vitest";
import { isUnanswered } from "../../src/bmp/exchange/arp-table.js";
import { describeNetworkError } from "../../src/bmp/exchange/network-errors.js";

const error = (code: string) => Object.assign(new Error(`send ${code} 10.0.0.1:17893`), { code });

describe("an error of the network", () => {
  it.each([
    ["ECONNREFUSED", "nothing listens on the UDP port"],
    ["EHOSTUNREACH", "no computer answers at its address"],
    ["ENETUNREACH", "this computer has no route to its network"],
  ])("%s is told in words, with its code", (code, words) => {
    expect(describeNetworkError(error(code))).toContain(words);
    expect(describeNetworkError(error(code))).toMatch(new RegExp(`\\(${code}\\)$`));
  });

  it("that is not known keeps the words of the system", () => {
    expect(describeNetworkError(error("EIO"))).toBe("send EIO 10.0.0.1:17893");
    expect(describeNetworkError(new Error("closed"))).toBe("closed");
  });
});

describe("the ARP table", () => {
  const TABLE = `IP address       HW type     Flags       HW address            Mask     Device
10.99.0.2        0x1         0x0         00:00:00:00:00:00     *        eth0
10.99.0.20       0x1         0x2         02:00:0a:63:00:14     *        eth0
10.99.0.3        0x1         0x0         00:00:00:00:00:00     *        eth0
10.99.0.3        0x1         0x2         02:00:0a:63:00:03     *        eth1
`;

  it.each([
    ["10.99.0.2", true],
    ["10.99.0.20", false],
    ["10.99.0.3", false],
    ["10.99.0", false],
    ["IP", false],
  ])("says whether nobody answers at %s: %s", (ip, unanswered) => {
    expect(isUnanswered(TABLE, ip)).toBe(unanswered);
  });

  it("that is not there says nothing", () => {
    expect(isUnanswered("", "10.99.0.2")).toBe(false);
  });
});
