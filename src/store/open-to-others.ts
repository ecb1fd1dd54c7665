/** Whether users other than its own can get at a state directory that is there already. */
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

const OTHERS = 0o077;

/** A sentence that says what is open to them, and what to do; null when nothing is, or it is not known. */
export function openToOthers(directory: string): string | null {
  try {
    const open = ["", ...readdirSync(directory)].filter((name) => isOpen(join(directory, name)));
    const [first] = open;
    if (first === undefined) return null;
    const what =
      first === ""
        ? `the state directory ${directory}`
        : `${first} in the state directory ${directory}`;
    const mode = (lstatSync(join(directory, first)).mode & 0o777).toString(8).padStart(4, "0");
    const more = open.length > 1 ? `, as are ${open.length - 1} more files of it` : "";
    return `${what} is open to other users of this computer (its mode is ${mode})${more}: they may read or change jobs and boards. Close it with \`chmod -R go= ${directory}\``;
  } catch {
    // Whoever needs it to be there says what is wrong with it.
    return null;
  }
}

/** A link may be followed to anywhere, and has no permissions of its own. */
function isOpen(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isSymbolicLink() && (found.mode & OTHERS) !== 0;
}
