/** Which Configuration a file means, of those it makes and exports. */
import { Configuration, describe, isConfiguration } from "../config/configuration.js";
import { ConfigurationError } from "../config/error.js";
import { show } from "../config/fields/formatting.js";

/** A Configuration that the file made, and where: file and line. */
export interface Made {
  readonly configuration: Configuration;
  readonly where: string;
}

export interface Chosen {
  readonly configuration: Configuration;
  readonly warnings: readonly string[];
}

export const RIGHT = "write: export default new Configuration({ machines: […] })";

/**
 * The exported Configuration, if there is just one.
 *
 * @param exported - The exports of the file; what `module.exports` was set to, for CommonJS.
 * @param made - All that the file made, in order.
 * @throws {ConfigurationError} when there is none, or two that differ.
 */
export function chooseConfiguration(exported: unknown, made: readonly Made[]): Chosen {
  const candidates = candidatesOf(exported);
  const found = candidates.flatMap(({ as, value }) =>
    isConfiguration(value) ? [{ as, configuration: value }] : [],
  );
  const [first, second] = found;
  if (first === undefined) throw notExported(`the file ${nothingIn(candidates)}`);
  const { configuration } = first;
  const at = (one: Configuration) => {
    const where = made.find((each) => each.configuration === one)?.where;
    return where === undefined ? "" : `, made at ${where}`;
  };
  if (second !== undefined && !isSame(configuration, second.configuration)) {
    throw notExported(
      `the file exports two different configurations, one ${first.as}${at(configuration)}, and one ${second.as}${at(second.configuration)}: which one is meant? Export only that one`,
    );
  }
  const others = candidates.filter(({ value }) => value !== undefined && !isConfiguration(value));
  const unexported = made.filter(
    (one) => !found.some((each) => isSame(each.configuration, one.configuration)),
  );
  const used = `the one that is exported ${first.as}${at(configuration)}, is used`;
  return {
    configuration,
    warnings: [
      ...others.map(({ as, value }) => `${show(value)}, exported ${as}, is not used; ${used}`),
      ...unexported.map(
        ({ where }) =>
          `the configuration made at ${where} is not exported and does nothing; ${used}`,
      ),
    ],
  };
}

interface Candidate {
  /** How it is exported. */
  readonly as: string;
  readonly value: unknown;
}

function candidatesOf(exported: unknown): readonly Candidate[] {
  if (typeof exported !== "object" || exported === null) {
    return [{ as: "by default", value: exported }];
  }
  if (Object.keys(exported).length === 0 && !isConfiguration(exported)) return [];
  const names = exported as Readonly<Record<string, unknown>>;
  const byName: Candidate = { as: 'as "configuration"', value: names["configuration"] };
  const byDefault = names["default"];
  // The loader shows the exports of a file without a default one as its default export, too.
  return isNothing(byDefault, byName.value)
    ? [byName]
    : [{ as: "by default", value: byDefault }, byName];
}

/** Whether a default export is but an object of other exports. */
function isNothing(byDefault: unknown, byName: unknown): boolean {
  if (typeof byDefault !== "object" || byDefault === null || isConfiguration(byDefault))
    return false;
  return "configuration" in byDefault && byDefault.configuration === byName;
}

function nothingIn(candidates: readonly Candidate[]): string {
  const wrong = candidates.find(({ value }) => value !== undefined);
  const what =
    wrong === undefined ? "it exports neither" : `it exports ${given(wrong.value)} ${wrong.as}`;
  return `must export a Configuration, by default or as "configuration", but ${what}; ${RIGHT}`;
}

function given(value: unknown): string {
  if (value instanceof Promise) return "a Promise (await it)";
  const isClass =
    value === Configuration ||
    (typeof value === "function" && value.prototype instanceof Configuration);
  return isClass ? "the class Configuration itself (new is missing)" : show(value);
}

export function notExported(message: string): ConfigurationError {
  return new ConfigurationError("CONFIGURATION_NOT_EXPORTED", message);
}

/** Whether it makes no difference which of the two is used. */
function isSame(one: Configuration, other: Configuration): boolean {
  return one === other || JSON.stringify(describe(one)) === JSON.stringify(describe(other));
}
