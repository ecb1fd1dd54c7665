import { describe, expect, it } from "vitest";
import { describeNetworkError } from "../../src/bmp/exchange/network-errors.js";

const error = (code: string) => Object.assign(new Error(`send ${code} 10.0.0.1:17893`), { code });

describe("an error of the network", () => {
  it.each([
    ["ECONNREFUSED", "nothing listens on the UDP port"],
    ["EHOSTUNREACH", "no computer answers at its address"],
    ["ENETUNREACH", "this computer has no route to its network"],
    ["EPERM", "look at its firewall"],
  ])("%s is told in words, with its code", (code, words) => {
    expect(describeNetworkError(error(code))).toContain(words);
    expect(describeNetworkError(error(code))).toMatch(new RegExp(`\\(${code}\\)$`));
  });

  it("that is not known keeps the words of the system", () => {
    expect(describeNetworkError(error("EIO"))).toBe("send EIO 10.0.0.1:17893");
    expect(describeNetworkError(new Error("closed"))).toBe("closed");
  });
});
