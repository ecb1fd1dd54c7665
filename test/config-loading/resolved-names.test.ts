/** What `check` finds by resolving host names. */
import { describe, expect, it } from "vitest";
import { resolvedNameWarnings } from "../../src/config-loading/resolved-names.js";
import type { MachineDescription } from "../../src/domain/machine.js";
import { machineOf } from "../bmp/fixtures.js";

/** A machine of two frames at these addresses. */
function machine(name: string, first: string, second: string): MachineDescription {
  const described = machineOf(1, { width: 1, height: 1, boardsPerFrame: 2 });
  const bmpIps: MachineDescription["bmpIps"] = [
    [[3, 0], first],
    [[3, 1], second],
  ];
  return { ...described, name, bmpIps, spinnakerIps: [] };
}

const NAMES: Readonly<Record<string, string>> = {
  "bmp-a": "10.1.0.1",
  "bmp-b": "10.1.0.1",
  "bmp-c": "10.1.0.3",
};

async function lookUp(name: string): Promise<string> {
  const ip = NAMES[name];
  if (ip === undefined) throw new Error(`getaddrinfo ENOTFOUND ${name}`);
  return ip;
}

describe("the name service", () => {
  it("leads two names to one address: both devices are named", async () => {
    expect(await resolvedNameWarnings([machine("m", "bmp-a", "bmp-b")], { lookUp })).toEqual([
      'the BMP of cabinet 3, frame 1 of machine "m" has the address "bmp-b", which resolves to 10.1.0.1 (as does "bmp-a"), the address of the BMP of cabinet 3, frame 0 of machine "m"; no two may have the same address',
    ]);
  });

  it.each([
    ["before", machine("m", "10.1.0.3", "bmp-c")],
    ["behind", machine("m", "bmp-c", "10.1.0.3")],
  ])("leads a name to an address that stands %s it", async (_, described) => {
    const [warning, ...more] = await resolvedNameWarnings([described], { lookUp });
    expect(more).toEqual([]);
    expect(warning).toMatch(
      /has the address "bmp-c", which resolves to 10\.1\.0\.3, the address of the BMP of cabinet 3, frame [01]/,
    );
  });

  it("leads a name of one machine to an address of another", async () => {
    const machines = [machine("m", "bmp-a", "10.1.0.9"), machine("n", "10.1.0.1", "bmp-c")];
    const warnings = await resolvedNameWarnings(machines, { lookUp });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('machine "n"');
    expect(warnings[0]).toContain('machine "m"');
  });

  it("says nothing where all differ, and is not asked for addresses", async () => {
    const asked: string[] = [];
    const noting = (name: string) => {
      asked.push(name);
      return lookUp(name);
    };
    expect(
      await resolvedNameWarnings([machine("m", "bmp-a", "bmp-c")], { lookUp: noting }),
    ).toEqual([]);
    expect(
      await resolvedNameWarnings([machine("m", "10.1.0.1", "10.1.0.2")], { lookUp: noting }),
    ).toEqual([]);
    expect(asked.sort()).toEqual(["bmp-a", "bmp-c"]);
  });

  it("that does not know a name, or does not answer, is a warning within the time limit", async () => {
    expect(await resolvedNameWarnings([machine("m", "bmp-a", "bmp-x")], { lookUp })).toEqual([
      'the host name "bmp-x" could not be resolved: getaddrinfo ENOTFOUND bmp-x. If it can be where the server runs, all is well',
    ]);
    const never = () => new Promise<string>(() => {});
    const warnings = await resolvedNameWarnings([machine("m", "bmp-a", "bmp-b")], {
      lookUp: never,
      limitMs: 20,
    });
    expect(warnings).toEqual(
      ["bmp-a", "bmp-b"].map(
        (name) =>
          `the host name "${name}" could not be resolved: no answer from the name service in 0.02 s. If it can be where the server runs, all is well`,
      ),
    );
  });
});
