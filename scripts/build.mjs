/**
 * `npm run build`: compiles what changed into dist/, and removes what was compiled from a source that
 * is gone. So whatever starts with it runs what the sources say now. Where nothing changed since the
 * last time, it looks at the times of the files and nothing else.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");
/** What the last successful run was made of. */
const STAMP = join(DIST, "sources.stamp");
const FOLDERS = ["src", "workers", "bench", "test"];
const SETTINGS = ["tsconfig.json", "tsconfig.build.json", "package.json", "package-lock.json"];
const COMPILED = /\.(js|js\.map|d\.ts)$/;

const now = sources();
if (!existsSync(STAMP) || readFileSync(STAMP, "utf8") !== now) {
  const compiler = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  const { status } = spawnSync(
    process.execPath,
    [compiler, "-p", join(ROOT, "tsconfig.build.json")],
    { stdio: "inherit" },
  );
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(DIST, { recursive: true });
  for (const file of filesOf(DIST)) {
    const source = relative(DIST, file).replace(COMPILED, ".ts");
    if (COMPILED.test(file) && !existsSync(join(ROOT, source))) rmSync(file);
  }
  writeFileSync(STAMP, now);
}

/** Every file that says what is compiled, with its size and time. */
function sources() {
  const files = [
    ...SETTINGS.map((name) => join(ROOT, name)).filter(existsSync),
    ...FOLDERS.flatMap((folder) => filesOf(join(ROOT, folder))),
  ];
  return files
    .map((file) => {
      const { size, mtimeMs } = statSync(file);
      return `${relative(ROOT, file)} ${size} ${mtimeMs}\n`;
    })
    .join("");
}

function filesOf(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
