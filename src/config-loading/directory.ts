/** Where a configuration is, and what relative names of files in it are relative to. */
import { dirname, resolve } from "node:path";
import { ConfigurationError } from "../config/error.js";

/**
 * The absolute path of a configuration file. Its directory becomes the working directory of the
 * process, so that files which it reads by relative names are found wherever a program was started,
 * and when that place is removed while it runs. To be called before each load: the directory may have
 * been replaced. Other relative paths are to be resolved before.
 *
 * @throws {ConfigurationError} for a relative path in a working directory that has been removed.
 */
export function enterDirectoryOf(configFile: string): string {
  const path = absolute(configFile);
  try {
    process.chdir(dirname(path));
  } catch {
    // Then loading the file says what is wrong. Somewhere the process has to be.
    leaveDirectory();
  }
  return path;
}

/** Gives the directory up again once the configuration is loaded: threads cannot start in one that is gone. */
export function leaveDirectory(): void {
  process.chdir("/");
}

function absolute(configFile: string): string {
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
