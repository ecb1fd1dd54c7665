/**
 * Makes a directory and those above it. `mkdir` of Node, asked for it with `recursive`, goes round for
 * ever in a file system that takes no directories and says ENOENT, as /proc does (v20 to v24).
 */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** @throws Error of the system, or with a sentence, when it is not a directory and cannot be made one */
export function makeDirectory(directory: string): void {
  const missing: string[] = [];
  for (let path = resolve(directory); !existsSync(path); path = dirname(path)) missing.push(path);
  for (const path of missing.reverse()) makeOne(path);
  if (!statSync(directory).isDirectory()) throw new Error(`${directory} is not a directory`);
}

function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    // Made by somebody else meanwhile.
    if (code === "EEXIST" && existsSync(path)) return;
    if (code !== "ENOENT") throw error;
    throw new Error(`no directory can be made in ${dirname(path)}`, { cause: error });
  }
}
