/** What a configuration file exports. */
import { CONFIGURATION_FIELDS, type ConfigurationFields } from "./configuration-fields.js";
import type { ConfigurationDescription } from "./description.js";
import type { Values } from "./fields/field.js";
import { Problems } from "./fields/problems.js";
import { readFields } from "./fields/reader.js";
import { classWith, plainValues } from "./fields/values.js";
import { describeMachine } from "./machine/machine.js";

const brand: unique symbol = Symbol.for("spalloc-server.Configuration");

/** A value for every field of {@link ConfigurationFields}. */
interface ConfigurationValues extends Values<typeof CONFIGURATION_FIELDS> {}

const Base = classWith<ConfigurationValues>();

/** The machines and how they are shared out, complete and checked. */
export class Configuration extends Base {
  /** Recognises configurations made by another copy of this module. */
  readonly [brand] = true;

  /** @throws {ConfigurationError} listing everything in the fields that is wrong. */
  constructor(fields: ConfigurationFields = {}) {
    const problems = new Problems("configuration");
    super(problems.checked(readFields(problems, CONFIGURATION_FIELDS, fields)));
    Object.freeze(this);
  }
}

/** Whether a value is a Configuration, of this copy of the module or of another. */
export function isConfiguration(value: unknown): value is Configuration {
  return typeof value === "object" && value !== null && brand in value;
}

/** The configuration as plain data, which can cross between threads and be stored. */
export function describe(configuration: Configuration): ConfigurationDescription {
  return {
    ...plainValues(CONFIGURATION_FIELDS, configuration),
    machines: configuration.machines.map(describeMachine),
  };
}
