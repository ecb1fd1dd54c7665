/** What a reload says of fields that are neither the engine's nor the machines. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { describe as describeConfiguration } from "../../src/config/configuration.js";
import type { ConfigurationFields } from "../../src/config/configuration-fields.js";
import { CONFIGURATION_FIELDS } from "../../src/config/configuration-fields.js";
import { SETTINGS } from "../../src/engine/contract/reload-plan.js";
import { serverChangeLines, serverChanges } from "../../src/host/reload/server-changes.js";
import { Configuration } from "../../src/index.js";
import { drawnFields, givenOf } from "../config/fields/drawn.js";

const describeFields = (fields: ConfigurationFields) =>
  describeConfiguration(new Configuration(fields));

function lines(
  before: ConfigurationFields,
  after: ConfigurationFields,
  portOption: number | null = null,
): string[] {
  const changes = serverChanges(describeFields(before), describeFields(after));
  return serverChangeLines(changes, portOption);
}

describe("the lines of a reload", () => {
  it("are none where nothing changed", () => {
    expect(lines({ ip: "::1" }, { ip: "::1", clientLimits: {} })).toEqual([]);
  });

  it("tell an address to listen on, and that clients have to connect again", () => {
    expect(lines({}, { ip: "127.0.0.1" })).toEqual([
      'ip is now 127.0.0.1 (before: "", all interfaces); clients are disconnected and have to connect again',
    ]);
  });

  it("tell a port, and that it needs a new start or has no effect", () => {
    expect(lines({}, { port: 22_245 })).toEqual([
      "port is now 22245 (before: not set); this takes effect when the server is started again, and not before",
    ]);
    expect(lines({ port: 5 }, {}, 22_250)).toEqual([
      "port is now not set (before: 5); this changes nothing, since --port 22250 was given",
    ]);
  });

  it("tell each limit of clients", () => {
    expect(lines({}, { clientLimits: { connections: 7, watches: 8 } })).toEqual([
      "clientLimits.connections is now 7 (before: 16384)",
      "clientLimits.watches is now 8 (before: 65536)",
    ]);
  });

  it("leave out no field that differs, and name none that does not", () => {
    const { machines, ...others } = CONFIGURATION_FIELDS;
    const fields = drawnFields(others).map((drawn) =>
      givenOf(Object.fromEntries(Object.entries(drawn).filter(([, one]) => one.allowed))),
    );
    const flat = (fields: object) => {
      const { clientLimits, machines: _, ...rest } = describeFields(fields);
      const limits = Object.entries(clientLimits).map(([name, value]) => [
        `clientLimits.${name}`,
        value,
      ]);
      return new Map<string, unknown>([...Object.entries(rest), ...limits] as [string, unknown][]);
    };
    fc.assert(
      fc.property(fields, fields, (one, other) => {
        const [before, after] = [flat(one), flat(other)];
        const differ = [...after.keys()].filter((name) => before.get(name) !== after.get(name));
        const engine = new Set<string>(SETTINGS);
        const told = serverChanges(describeFields(one), describeFields(other)).map(
          ({ field }) => field,
        );
        expect(told.sort()).toEqual(differ.filter((name) => !engine.has(name)).sort());
      }),
    );
  });
});
