/** Where the state of a server is. */
import { statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";

/** The state directory of a configuration, unless `--state-dir` names another. */
export function besideConfiguration(configFile: string): string {
  return join(dirname(configFile), `${basename(configFile, extname(configFile))}.state`);
}

/** The state directory that is meant by the name of one, or of a configuration file. */
export function stateDirectoryOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? besideConfiguration(resolve(path)) : resolve(path);
}
