/** Reading an object that a configuration file passed, by the table of its fields. */
import type { Given, Table, Type, Values } from "./field.js";
import { show } from "./formatting.js";
import { nearestName } from "./nearest-name.js";
import type { Problems } from "./problems.js";

/**
 * The values of all fields of a table. Adds a problem for what is not an object, for every field that
 * does not exist, with the likely one if there is one, and for every value that is not allowed.
 *
 * @param path - What messages put in front of the names of the fields, such as `clientLimits.`.
 * @returns Undefined if a value was not allowed; where only names were unknown, the values of the rest.
 */
export function readFields<T extends Table>(
  problems: Problems,
  table: T,
  given: unknown,
  path = "",
): Values<T> | undefined {
  const names = Object.keys(table);
  if (!isObject(given)) {
    problems.add(
      `${show(given)} was given where an object with fields is needed: { ${names[0]}: … }`,
    );
    return undefined;
  }
  for (const name of Object.keys(given)) {
    if (!names.includes(name)) problems.add(unknownField(name, names));
  }
  const values: Record<string, unknown> = {};
  let allAllowed = true;
  for (const [name, field] of Object.entries(table)) {
    const leftOut = given[name] === undefined && field.default !== undefined;
    const called = field.calledInMessages ?? path + name;
    values[name] = leftOut ? field.default : field.type.read(problems, called, given[name]);
    allAllowed &&= values[name] !== undefined;
  }
  return allAllowed ? (values as Values<T>) : undefined;
}

/** The values of an object that leaves out every field. The table must not require any. */
export function defaultsOf<T extends Table>(table: T): Values<T> {
  const defaults = Object.entries(table).map(([name, field]) => [name, field.default]);
  return Object.fromEntries(defaults) as Values<T>;
}

/** The type of a field that is itself an object with the fields of a table. */
export function object<T extends Table>(fields: T): Type<Given<T>, Values<T>> {
  return {
    expected: "an object of the fields below",
    read: (problems, name, given) => readFields(problems, fields, given, `${name}.`),
    show,
    fields,
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownField(name: string, names: readonly string[]): string {
  const meant = nearestName(name, names);
  return meant === null
    ? `there is no field ${name}; the fields are ${names.join(", ")}`
    : `there is no field ${name}; did you mean ${meant}?`;
}
