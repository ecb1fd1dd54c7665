/** The files of this repository that people write, by their paths from its root. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** All files of these folders, at any depth, sorted. */
export function filesUnder(...folders: readonly string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.parentPath}/${entry.name}`.slice(root.length)),
    )
    .sort();
}

/** Documents for people; CONTRIBUTING.md and findings are not in every package. */
export function documents(): string[] {
  const atRoot = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"].filter(exists);
  const folders = ["docs", "findings"].filter(exists);
  return [...atRoot, ...filesUnder(...folders).filter((path) => path.endsWith(".md"))];
}

export function exists(path: string): boolean {
  return existsSync(`${root}${path}`);
}

export function read(path: string): string {
  return readFileSync(`${root}${path}`, "utf8");
}
