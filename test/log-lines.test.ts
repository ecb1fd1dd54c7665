/** The log lines that docs/operating/troubleshooting.md quotes are written by the server. */
import { expect, test } from "vitest";
import { filesUnder, read } from "./prose/files.js";
import { texts } from "./prose/typescript.js";

const DOCUMENT = "docs/operating/troubleshooting.md";

/** All texts of the server's code, with "…" for what is computed. */
const written = filesUnder("src")
  .filter((path) => path.endsWith(".ts") && !/^src\/(client|simulator)\//.test(path))
  .flatMap((path) => texts(read(path)).map(({ text }) => text));

/** What stands in backticks in the first column of tables of lines. */
function quotedLines(markdown: string): string[] {
  return [...markdown.matchAll(/^\| `([^`]+)` \|/gm)].map(([, line]) => line!);
}

/** "…" stands for anything, and for nothing. */
function patternOf(line: string): RegExp {
  const fixed = line.split(/\s*…\s*/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${fixed.join(".*")}$`, "s");
}

const isWritten = (line: string): boolean => {
  const pattern = patternOf(line);
  return written.some((text) => pattern.test(text));
};

test.each(quotedLines(read(DOCUMENT)))("%s", (line) => {
  expect(line.replaceAll("…", "").length).toBeGreaterThan(10);
  expect(isWritten(line)).toBe(true);
});

test("a line is searched for letter by letter between what varies", () => {
  expect(quotedLines("| line | x |\n|---|---|\n| `a … b` | `c` |")).toEqual(["a … b"]);
  expect(isWritten("The state cannot be written; …")).toBe(false);
  expect(isWritten("…; trying again in 15 s")).toBe(false);
});
