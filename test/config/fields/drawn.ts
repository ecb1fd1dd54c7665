/** Values drawn for a field, some allowed and some not, by what its row says. */
import { BlockList, isIPv4 } from "node:net";
import fc, { type Arbitrary } from "fast-check";
import type { Field, Table } from "../../../src/config/fields/field.js";
import { host, listenAddress } from "../../../src/config/fields/host.js";
import { label } from "../../../src/config/fields/text.js";
import { machines } from "../../../src/config/machine/machine-list.js";
import { Machine } from "../../../src/index.js";

export interface Drawn {
  readonly given: unknown;
  readonly allowed: boolean;
}

type DrawnType = Field["type"];

/** Allowed and forbidden values of a type, about as many of the one as of the other. */
export function drawnOf(type: DrawnType): Arbitrary<Drawn> {
  if ("min" in type) return number(type as DrawnType & NumberData);
  if ("choices" in type) return text(fc.constantFrom(...(type.choices as string[])), fc.string());
  if ("maxima" in type) return tuple(type.maxima as number[]);
  if ("member" in type) return collection(drawnOf(type.member as DrawnType));
  if ("key" in type && "value" in type) {
    return entries(drawnOf(type.key as DrawnType), drawnOf(type.value as DrawnType));
  }
  if (type.fields !== undefined) {
    return drawnFields(type.fields).map((fields) => ({
      given: givenOf(fields),
      allowed: Object.values(fields).every(({ allowed }) => allowed),
    }));
  }
  if (type === label) return text(labels, fc.constantFrom("", " ", "a ", "\ta", "a\nb", "\u202ea"));
  if (type === host) return text(hosts, fc.oneof(noHosts, noDevices, fc.constant("::")));
  if (type === listenAddress) {
    const any = fc.constantFrom("", "0.0.0.0", "::");
    return text(fc.oneof(hosts, any), fc.oneof(noHosts, fc.constant("224.0.0.1")));
  }
  if (type.expected.startsWith("an IPv4 address")) {
    return text(fc.ipV4(), fc.constantFrom("", "::1", "10.0.0", "host", "010.0.0.1"));
  }
  if (type === machines) return machineList;
  throw new Error(`it is not known how to draw ${type.expected}`);
}

/** Some fields of a table, each with a value drawn for it. */
export function drawnFields(table: Table): Arbitrary<Record<string, Drawn>> {
  const drawn = Object.entries(table).map(([name, { type }]) => [name, drawnOf(type)] as const);
  const required = Object.keys(table).filter((name) => table[name]?.default === undefined);
  return fc.record(Object.fromEntries(drawn), { requiredKeys: required });
}

export function givenOf(fields: Readonly<Record<string, Drawn>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, { given }]) => [name, given]));
}

interface NumberData {
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
  readonly aboveMin?: boolean;
}

function number({ min, max, whole, aboveMin = false }: NumberData): Arbitrary<Drawn> {
  const near = [min - 1, min, min + 1, max - 1, max, max + 1, min + 0.5, max - 0.5, max + 0.5];
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
  const inside = whole
    ? fc.integer({ min, max: Math.min(max, 2 ** 31) })
    : fc.double({ min, max, noNaN: true });
  return fc
    .oneof(
      inside,
      fc.double(),
      fc.constantFrom(...near, ...odd),
      notAValue,
      fc.constant(String(min)),
    )
    .map((given) => {
      if (typeof given !== "number" || Number.isNaN(given)) return { given, allowed: false };
      const inRange = aboveMin ? given > min : given >= min;
      return { given, allowed: inRange && given <= max && !(whole && given % 1 !== 0) };
    });
}

const notAValue = fc.constantFrom(null, true, {}, () => 1, 5n, Symbol("s"));
const labels = fc
  .string({ minLength: 1 })
  .map((one) => one.trim())
  .filter((one) => one !== "");

const notOneDevice = new BlockList();
notOneDevice.addSubnet("0.0.0.0", 8);
notOneDevice.addSubnet("224.0.0.0", 3);
notOneDevice.addAddress("127.255.255.255");
const noIpv6Devices = new BlockList();
noIpv6Devices.addAddress("::", "ipv6");
noIpv6Devices.addSubnet("ff00::", 8, "ipv6");
const isOneDevice = (address: string) =>
  isIPv4(address)
    ? !notOneDevice.check(address)
    : !notOneDevice.check(address, "ipv6") && !noIpv6Devices.check(address, "ipv6");

const hosts = fc.oneof(fc.domain(), fc.oneof(fc.ipV4(), fc.ipV6()).filter(isOneDevice));
const noHosts = fc.constantFrom("a b", "-a", " a", "a:1", "[::1]", ...oddNumbers());
const noDevices = fc.oneof(fc.ipV4(), fc.ipV6()).filter((one) => !isOneDevice(one));

function oddNumbers(): string[] {
  const short = [
    "10.0.0",
    "127.1",
    "2130706433",
    "0",
    "0x7f.1",
    "0x7f000001",
    "0XFACE",
    "010.0.0.1",
  ];
  return [...short, "1.2.3.4.5", "10.0.0.256", "10.0.0.1.", "rack.7", "a.0x7f"];
}

function text(right: Arbitrary<string>, wrong: Arbitrary<string>): Arbitrary<Drawn> {
  return fc.oneof(
    right.map((given) => ({ given, allowed: true })),
    wrong.map((given) => ({ given, allowed: false })),
    fc.oneof(notAValue, fc.integer()).map((given) => ({ given, allowed: false })),
  );
}

/** A tuple with at most one number out of range, or one number too many or too few. */
function tuple(maxima: readonly number[]): Arbitrary<Drawn> {
  const right = fc.tuple(...maxima.map((max) => fc.nat(Math.min(max, 50))));
  const i = fc.nat(maxima.length - 1);
  return fc.oneof(
    { weight: 4, arbitrary: right.map((given) => ({ given, allowed: true })) },
    fc.tuple(right, i, fc.boolean()).map(([given, at, below]) => ({
      given: given.with(at, below ? -1 : maxima[at]! + 1),
      allowed: false,
    })),
    fc.tuple(right, i).map(([given, at]) => ({ given: given.with(at, 0.5), allowed: false })),
    right.map((given) => ({ given: given.slice(1), allowed: false })),
    right.map((given) => ({ given: [...given, 0], allowed: false })),
  );
}

function collection(member: Arbitrary<Drawn>): Arbitrary<Drawn> {
  return fc.oneof(
    notAValue.map((given) => ({ given, allowed: false })),
    fc.tuple(fc.array(member, { maxLength: 3 }), fc.boolean()).map(([drawn, asSet]) => {
      const members = drawn.map(({ given }) => given);
      const allowed = drawn.every((one) => one.allowed);
      return { given: asSet ? new Set(members) : members, allowed };
    }),
  );
}

/** Entries of different keys. */
function entries(key: Arbitrary<Drawn>, value: Arbitrary<Drawn>): Arbitrary<Drawn> {
  const selector = ([{ given }]: [Drawn, Drawn]) => String(given);
  return fc.oneof(
    notAValue.map((given) => ({ given, allowed: false })),
    fc.constantFrom({ given: [[[0, 0, 0]]], allowed: false }, { given: [5], allowed: false }),
    fc
      .tuple(fc.uniqueArray(fc.tuple(key, value), { maxLength: 3, selector }), fc.boolean())
      .map(([drawn, asMap]) => {
        const pairs = drawn.map(([k, v]) => [k.given, v.given] as const);
        const allowed = drawn.every(([k, v]) => k.allowed && v.allowed);
        return { given: asMap ? new Map(pairs) : pairs, allowed };
      }),
  );
}

const desk = Machine.singleBoard({ name: "desk", bmpIp: "10.0.0.0", spinnakerIp: "10.0.0.1" });
const machineList: Arbitrary<Drawn> = fc.constantFrom(
  { given: [], allowed: true },
  { given: [desk], allowed: true },
  { given: [{ name: "desk" }], allowed: false },
  { given: new Set([desk]), allowed: false },
  { given: null, allowed: false },
);
