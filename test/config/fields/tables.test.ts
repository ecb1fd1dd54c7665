import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TABLE_NAMES, TABLES } from "../../../scripts/configuration-tables.js";
import type { Table } from "../../../src/config/fields/field.js";
import { Problems } from "../../../src/config/fields/problems.js";
import { defaultsOf, readFields } from "../../../src/config/fields/reader.js";
import { Configuration, ConfigurationError } from "../../../src/index.js";
import { type Drawn, drawnFields, drawnOf, givenOf } from "./drawn.js";

/** What an object of fields becomes, or the problems with it, one a line. */
function outcome(table: Table, given: unknown): { values?: object | undefined; message: string } {
  const problems = new Problems("s");
  const values = readFields(problems, table, given);
  try {
    problems.throwIfAny();
    return { values, message: "" };
  } catch (error) {
    if (error instanceof ConfigurationError) return { message: error.message };
    throw error;
  }
}

const wrongOnes = (drawn: Record<string, Drawn>) =>
  Object.keys(drawn).filter((name) => drawn[name]?.allowed === false);

describe.each(TABLE_NAMES)("the table %s", (name) => {
  const { table }: { table: Table } = TABLES[name];

  test.each(Object.entries(table))("allows for %s exactly what its type allows", (field, row) => {
    fc.assert(
      fc.property(drawnOf(row.type), ({ given, allowed }) => {
        const { values, message } = outcome({ [field]: row }, { [field]: given });
        expect(values !== undefined, message).toBe(allowed);
      }),
      { numRuns: 200 },
    );
  });

  test("names the fields that are wrong, and no other", () => {
    fc.assert(
      fc.property(drawnFields(table), (drawn) => {
        const { message } = outcome(table, givenOf(drawn));
        const named = [...message.matchAll(/^s: (\w+)/gm)].map(([, field]) => field);
        // Of many problems only the first are listed.
        fc.pre(!message.includes("more of this kind"));
        expect([...new Set(named)].sort()).toEqual(wrongOnes(drawn).sort());
      }),
      { numRuns: 200 },
    );
  });

  test("has a default for every field that is not required, and its own type allows it", () => {
    const optional = Object.entries(table).filter(([, field]) => field.default !== undefined);
    for (const [field, { type, default: value }] of optional) {
      if (value === null) continue;
      const problems = new Problems("s");
      expect(type.read(problems, field, value)).toEqual(value);
      problems.throwIfAny();
    }
  });
});

test("a configuration has the values that are given, and the defaults of the others", () => {
  const { table } = TABLES.CONFIGURATION_FIELDS;
  const allowed = drawnFields(table).map((drawn) =>
    Object.fromEntries(Object.entries(drawn).filter(([, one]) => one.allowed)),
  );
  fc.assert(
    fc.property(allowed, (drawn) => {
      const { clientLimits, ...given } = givenOf(drawn);
      const configuration = new Configuration({
        ...given,
        ...(clientLimits ? { clientLimits } : {}),
      });
      const expected = { ...defaultsOf(table), ...given };
      expect({ ...configuration }).toMatchObject({
        ...expected,
        clientLimits: { ...defaultsOf(TABLES.CLIENT_LIMIT_FIELDS.table), ...(clientLimits ?? {}) },
      });
    }),
    { numRuns: 50 },
  );
});
