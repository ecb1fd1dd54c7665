/**
 * What a configuration says that is allowed and yet hardly meant. Errors are found while the objects
 * of the file are made; warnings when all is known, from the whole description. Each names both of the
 * things that do not fit together, and what to do if it is not meant.
 */
import { CONFIGURATION_FIELDS } from "../configuration-fields.js";
import type { ConfigurationDescription } from "../description.js";
import type { Table } from "../fields/field.js";
import { addressWarnings } from "./addresses.js";
import { deadLinkWarnings } from "./dead-links.js";
import { limitWarnings } from "./limits.js";
import { nameWarnings } from "./names.js";
import type { Network } from "./networks.js";

/** More warnings of one kind than this are counted, not listed. */
const MAX_LISTED = 8;

/**
 * One a line.
 *
 * @param networks - Those of the computer on which the server runs, or is to run.
 */
export function warningsOf(
  configuration: ConfigurationDescription,
  networks: readonly Network[],
): string[] {
  const { machines } = configuration;
  return [
    deprecations(configuration),
    limitWarnings(configuration.clientLimits),
    nameWarnings(machines),
    ...machines.map(deadLinkWarnings),
    addressWarnings(configuration, networks),
  ].flatMap(listed);
}

/** The first few, and how many more there are. */
export function listed(warnings: readonly string[]): string[] {
  const more = warnings.length - MAX_LISTED;
  if (more <= 0) return [...warnings];
  return [...warnings.slice(0, MAX_LISTED), `… and ${more} more of this kind`];
}

function deprecations(configuration: ConfigurationDescription): string[] {
  const table: Table = CONFIGURATION_FIELDS;
  const values: Readonly<Record<string, unknown>> = { ...configuration };
  return Object.entries(table).flatMap(([name, { deprecated }]) =>
    deprecated === undefined || values[name] === null
      ? []
      : [`\`${name}\` is deprecated; it still works: ${deprecated} instead`],
  );
}
