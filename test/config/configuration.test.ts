import { describe, expect, it } from "vitest";
import { STANDARD_CLIENT_LIMITS } from "../../src/config/client-limits.js";
import { describe as describeConfiguration } from "../../src/config/configuration.js";
import { Configuration, ConfigurationError, Machine } from "../../src/index.js";

const single = (name: string, bmpIp: string, spinnakerIp: string) =>
  Machine.singleBoard({ name, bmpIp, spinnakerIp });

function rejection(fields: unknown): string {
  try {
    Reflect.construct(Configuration, [fields]);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error("was accepted");
}

describe("a configuration", () => {
  it("has a default for every field", () => {
    expect(describeConfiguration(new Configuration())).toEqual({
      machines: [],
      ip: "",
      port: null,
      timeoutCheckInterval: 5,
      secondsOfGraceAfterStart: 3600,
      maxRetiredJobs: 1200,
      secondsBeforeFree: 30,
      secondsToSettle: 5,
      secondsBeforeRetry: 15,
      secondsToPowerOn: 10,
      secondsToReply: 2,
      maxPlacementAttempts: 6,
      queuePolicy: "overtake",
      maxSecondsOvertaken: 3600,
      secondsBetweenHealthChecks: 60,
      secondsBetweenSelfTests: 300,
      selfTestsToRelease: 3,
      secondsToStop: 10,
      clientLimits: STANDARD_CLIENT_LIMITS,
    });
  });

  it("describes itself as plain data, machines in the order of the file", () => {
    const machines = [single("b", "b0", "b1"), single("a", "a0", "a1")];
    const fields = { ip: "::1", port: 1, maxRetiredJobs: 0, secondsBeforeFree: 0.5 };
    const description = describeConfiguration(new Configuration({ machines, ...fields }));
    expect(description).toMatchObject(fields);
    expect(description.machines.map(({ name }) => name)).toEqual(["b", "a"]);
    expect(structuredClone(description)).toEqual(description);
    expect(JSON.parse(JSON.stringify(description))).toEqual(description);
  });

  it.each<[string, object, string[]]>([
    ["an unknown field", { machine: [] }, ["no field machine; did you mean machines?"]],
    ["machines that are not an array", { machines: {} }, ["machines is {}", "an array"]],
    [
      "a machine that is not one",
      { machines: [{ name: "m" }] },
      ["machines[0] is", "new Machine("],
    ],
    [
      "an ip that is not an address",
      { ip: "not an ip" },
      ['ip is "not an ip"', '"" for all interfaces'],
    ],
    ["an ip that is not a string", { ip: 5 }, ["ip is 5"]],
    ["port 0", { port: 0 }, ["port is 0; it must be a whole number from 1 to 65535"]],
    ["port 65536", { port: 65536 }, ["port is 65536"]],
    ["a port as text", { port: "22244" }, ['port is "22244"']],
    ["NaN", { timeoutCheckInterval: Number.NaN }, ["timeoutCheckInterval is NaN"]],
    ["no interval", { timeoutCheckInterval: 0 }, ["timeoutCheckInterval is 0", "above 0"]],
    ["infinity", { secondsBeforeFree: Number.POSITIVE_INFINITY }, ["is Infinity"]],
    ["negative numbers", { secondsBeforeFree: -1 }, ["secondsBeforeFree is -1", "from 0"]],
    ["an unknown queue policy", { queuePolicy: "lifo" }, ['queuePolicy is "lifo"', '"fifo"']],
    ["no placement at all", { maxPlacementAttempts: 0 }, ["maxPlacementAttempts is 0", "from 1"]],
    ["no time to power on", { secondsToPowerOn: 0 }, ["secondsToPowerOn is 0", "above 0"]],
    ["no time to reply", { secondsToReply: 0 }, ["secondsToReply is 0", "above 0"]],
    ["half a job", { maxRetiredJobs: 1.5 }, ["maxRetiredJobs is 1.5", "a whole number"]],
    ["null", { secondsToSettle: null }, ["secondsToSettle is null"]],
    ["a number as text", { secondsBeforeRetry: "15" }, ['secondsBeforeRetry is "15"']],
    ["limits that are not an object", { clientLimits: 5 }, ["5 was given where an object"]],
    ["an unknown limit", { clientLimits: { lineKiB: 1 } }, ["no field lineKiB", "lineBytes"]],
    [
      "a limit too low for requests that are served",
      { clientLimits: { lineBytes: 100 } },
      ["clientLimits.lineBytes is 100; it must be a whole number from 65536"],
    ],
    ["longer than a timer runs", { secondsToSettle: 3e6 }, ["from 0 to 2000000"]],
  ])("rejects %s", (_, fields, parts) => {
    const message = rejection(fields);
    for (const part of parts) expect(message).toContain(part);
  });

  it("takes the limits it is given, and the standard ones for the others", () => {
    const { clientLimits } = new Configuration({ clientLimits: { connections: 100 } });
    expect(clientLimits).toEqual({ ...STANDARD_CLIENT_LIMITS, connections: 100 });
  });

  it("rejects what is not an object of fields", () => {
    expect(rejection([single("a", "a0", "a1")])).toContain("object with fields is needed");
    expect(rejection(null)).toContain("null was given");
  });

  it("rejects two machines of the same name", () => {
    const machines = [single("m", "a0", "a1"), single("m", "b0", "b1")];
    expect(rejection({ machines })).toContain('two machines have the name "m"');
  });

  it("rejects a BMP address used twice, however it is spelt", () => {
    const same = [single("a", "fe80::1", "a1"), single("b", "FE80:0::1", "b1")];
    expect(rejection({ machines: same })).toContain(
      'the BMP of cabinet 0, frame 0 of machine "b" has the address "FE80:0::1", which is that of the BMP of cabinet 0, frame 0 of machine "a"',
    );
  });

  it("rejects a board address used twice, in one machine or in two", () => {
    const two = [single("a", "a0", "Board"), single("b", "b0", "board")];
    expect(rejection({ machines: two })).toContain(
      'board [0, 0, 0] of machine "b" has the address "board", which is that of board [0, 0, 0] of machine "a"',
    );
    const one = Machine.withStandardIps({
      name: "m",
      boardLocations: [0, 1, 2].map((z) => [
        [0, 0, z],
        [0, 0, z],
      ]),
      boardStride: "0.0.0.0",
    });
    expect(rejection({ machines: [one] })).toContain("board [0, 0, 1] of machine");
  });

  it("names everything that is wrong", () => {
    const message = rejection({ machines: [1], port: -1, secondsBeforeFree: -1, colour: "red" });
    expect(message.split("\n")).toHaveLength(4);
  });
});
