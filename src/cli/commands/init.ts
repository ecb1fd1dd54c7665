/** `spalloc-server init [directory]`: a configuration to start from, with completion in editors. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { makeDirectory } from "../../store/make-directory.js";

/** Why `init` wrote nothing; the message is for the operator. */
export class InitError extends Error {
  override readonly name = "InitError";
  readonly code = "INIT_REFUSED";
}

/**
 * Writes `cfg.ts`, a commented configuration, and `tsconfig.json`, which shows editors and `tsc`
 * where the types of this installation are, so that `cfg.ts` needs no `node_modules` beside it.
 *
 * @param directory - Made if it is not there.
 * @returns The paths of the files written.
 * @throws {InitError} if either file exists already, and then nothing is written; or if the
 *   directory cannot be written.
 */
export async function init(directory: string): Promise<readonly string[]> {
  const files = [
    { path: resolve(directory, "cfg.ts"), text: STARTER },
    { path: resolve(directory, "tsconfig.json"), text: tsconfig() },
  ];
  const existing = files.filter(({ path }) => existsSync(path)).map(({ path }) => path);
  if (existing.length > 0) {
    throw new InitError(
      `${existing.join(" and ")} would be overwritten; nothing was written. Choose another directory`,
    );
  }
  try {
    makeDirectory(directory);
    for (const { path, text } of files) await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InitError(`cannot write to ${resolve(directory)}: ${reason}`);
  }
  return files.map(({ path }) => path);
}

/** Refers to the types of this very installation, by absolute paths. */
function tsconfig(): string {
  const installed = fileURLToPath(new URL("../../../../", import.meta.url));
  const nodeTypes = nodeTypesFolder();
  const settings = {
    compilerOptions: {
      target: "ES2023",
      lib: ["ES2023"],
      module: "ESNext",
      moduleResolution: "Bundler",
      moduleDetection: "force",
      allowImportingTsExtensions: true,
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      ...(nodeTypes === null ? {} : { typeRoots: [dirname(nodeTypes)], types: ["node"] }),
      paths: { "spalloc-server": [join(installed, "dist/src/index.d.ts")] },
    },
    include: ["**/*.ts"],
    files: [join(installed, "globals.d.ts")],
  };
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/** Where the types of Node itself are, for files that read files; null if not installed with us. */
function nodeTypesFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve("@types/node/package.json"));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND") return null;
    throw error;
  }
}

const STARTER = `// The machines that this spalloc-server shares among its users. Start with:
//
//   spalloc-server check cfg.ts     checks this file without starting anything
//   spalloc-server cfg.ts           starts the server
//   kill -HUP <pid of the server>   makes it read this file again after a change
//
// This is ordinary TypeScript: it may compute, read files and import. The names from
// "spalloc-server" are also globals, so the import may be left out.
import { Configuration, Machine } from "spalloc-server";

// A single board on a desk. Fill in the addresses of its BMP and of the board itself.
const desk = Machine.singleBoard({
  name: "desk",
  bmpIp: "192.168.240.0",
  spinnakerIp: "192.168.240.1",
});

// A machine of many boards, from a CSV file next to this one, as spinner-ethernet-chips writes it.
// Addresses are computed from cabinet, frame and board; see baseIp and the strides.
//
// const spin = Machine.withStandardIps({
//   name: "spin",
//   tags: ["default"],
//   boardLocations: boardLocationsFromSpinner("boards.csv"),
//   baseIp: "192.168.0.0",
//   deadBoards: [[0, 0, 1]],
//   deadLinks: [[0, 0, 0, Links.north]],
// });

export default new Configuration({
  // Highest priority first.
  machines: [desk],
  // Address to listen on; "" means all interfaces.
  ip: "",
  // Seconds of cooldown after a power-off before a board is given to another job.
  secondsBeforeFree: 30,
});
`;
