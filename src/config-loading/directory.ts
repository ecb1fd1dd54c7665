/** Where a configuration is. */
import { resolve } from "node:path";
import { ConfigurationError } from "../config/error.js";

/**
 * The absolute path of a configuration file. The file system is not asked: a network disk that does
 * not answer would keep whoever asks.
 *
 * @throws {ConfigurationError} for a relative path in a working directory that has been removed.
 */
export function absolutePathOf(configFile: string): string {
  try {
    return resolve(configFile);
  } catch (cause) {
    throw new ConfigurationError(
      "CONFIGURATION_UNREADABLE",
      `${configFile}: this is relative to the working directory, which has been removed; give the whole path, from / on`,
      { cause },
    );
  }
}
