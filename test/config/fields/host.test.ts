/** Spellings of names and addresses: what is refused, and why; what is the same. */
import { isIPv4 } from "node:net";
import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { canonicalHost, host, isLoopback, lacksZone } from "../../../src/config/fields/host.js";
import { spellingsOf } from "./spellings.js";

const octet = fc.nat(255);
const address = fc.tuple(octet, octet, octet, octet);

/** One number of an old spelling: decimal, octal or hexadecimal. */
const radix = fc.constantFrom(
  (n: number) => String(n),
  (n: number) => `0${n.toString(8)}`,
  (n: number) => `0x${n.toString(16)}`,
  (n: number) => `0X${n.toString(16).toUpperCase()}`,
);

/** An IPv4 address in one to four numbers, of which the last stands for all bytes that are left. */
const oldSpelling = fc
  .tuple(address, fc.integer({ min: 1, max: 4 }), fc.tuple(radix, radix, radix, radix))
  .map(([bytes, count, spell]) => {
    const last = bytes.slice(count - 1).reduce((value, byte) => value * 256 + byte, 0);
    const parts = [...bytes.slice(0, count - 1), last].map((part, i) => spell[i]!(part));
    return { spelt: parts.join("."), meant: bytes.join(".") };
  })
  .filter(({ spelt }) => !isIPv4(spelt));

describe("the address of a device", () => {
  it("is refused in every spelling of IPv4 but the usual, with what programs make of it", () => {
    fc.assert(
      fc.property(oldSpelling, ({ spelt, meant }) => {
        expect(host.is(spelt), spelt).toBe(false);
        expect(host.aside(spelt)).toBe(
          ` (an unusual spelling, which many programs read as ${meant})`,
        );
      }),
    );
  });

  it("is a name only if no program reads it as a number", () => {
    const letters = fc.constantFrom(..."0123456789abcdefx.XF-");
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 12 }), (text) => {
        fc.pre(host.is(text) && !isIPv4(text));
        expect(ipaddr.IPv4.isValid(text), text).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["0.0.0.0", "stands for any address"],
    ["0.0.0.7", "stands for any address"],
    ["::", "stands for any address"],
    ["::ffff:0.0.0.0", "stands for any address"],
    ["255.255.255.255", "a broadcast address"],
    ["127.255.255.255", "a broadcast address"],
    ["::ffff:255.255.255.255", "a broadcast address"],
    ["224.0.0.1", "a multicast address"],
    ["239.255.255.255", "a multicast address"],
    ["ff02::1", "a multicast address"],
    ["::ffff:e000:1", "a multicast address"],
    ["240.0.0.1", "a reserved address"],
    ["0x7f.1", "read as 127.0.0.1"],
    ["010.0.0.1", "read as 8.0.0.1"],
    ["0xface", "read as 0.0.250.206"],
    ["10.0.0.1:17893", "with a port"],
    ["bmp.example.org:17893", "with a port"],
    ["[::1]:17893", "with a port"],
    ["[::1]", "with brackets"],
    [" 10.0.0.1", "with white space around it"],
    ["bmp\n", "with white space around it"],
    ["10.0.0.1.", "ends in a number"],
    ["256.0.0.1", "ends in a number"],
    ["rack.7", "ends in a number"],
  ])("is not %j: %s", (text, why) => {
    expect(host.is(text)).toBe(false);
    expect(host.aside(text)).toContain(why);
  });

  it.each([
    "0x-ray.example.org",
    "rack7",
    "7.rack",
    "dead.beef",
    "1.0.0.10.in-addr.arpa",
    "_bmp.x",
  ])("may be %s", (name) => {
    expect(host.is(name)).toBe(true);
  });

  it("has one canonical spelling, which is among its own", () => {
    fc.assert(
      fc.property(spellingsOf(2), ({ one, spellings: [a, b] }) => {
        expect(canonicalHost(a!)).toBe(canonicalHost(b!));
        expect(canonicalHost(canonicalHost(a!))).toBe(canonicalHost(a!));
        expect(canonicalHost(a!)).toBe(canonicalHost(one));
      }),
    );
  });

  it("is another on each interface, where it is link-local", () => {
    expect(canonicalHost("fe80::1%eth0")).not.toBe(canonicalHost("fe80::1%eth1"));
    expect(canonicalHost("fe80::1%eth0")).not.toBe(canonicalHost("fe80::1"));
    expect(
      ["fe80::1", "fe80::1%eth0", "febf::2", "fec0::1", "169.254.0.1"].filter(lacksZone),
    ).toEqual(["fe80::1", "febf::2"]);
  });

  it("is known as one of this computer alone", () => {
    const all = ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.0.0.1", "host"];
    expect(all.filter(isLoopback)).toEqual(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]);
  });
});
