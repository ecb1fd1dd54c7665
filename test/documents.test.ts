/** Documents and comments lead to what exists: links, headings, paths, files of code. */
import { dirname, join } from "node:path/posix";
import { describe, expect, test } from "vitest";
import { documents, exists, filesUnder, read } from "./prose/files.js";
import { anchors, codeSpans, lineAt, prose, relativeLinks } from "./prose/markdown.js";

const ours = documents();
const code = [
  ...filesUnder("src", "workers", "bench", "test", "proto", "examples"),
  ".dependency-cruiser.cjs",
  "globals.d.ts",
].filter((path) => /\.(ts|mts|js|mjs|cjs|proto)$/.test(path));

/** What is wrong with the links of a document at that path. */
function brokenLinks(path: string, markdown: string): string[] {
  return relativeLinks(markdown).flatMap((link) => {
    const target = link.path === "" ? path : join(dirname(path), link.path);
    const text = link.path === "" ? markdown : exists(target) ? null : undefined;
    if (text === undefined) return [`${path}:${link.line}: ${target} does not exist`];
    if (link.anchor === null || anchors(text ?? read(target)).has(link.anchor)) return [];
    return [`${path}:${link.line}: ${target} has no heading #${link.anchor}`];
  });
}

/** Paths from the root of the repository that a text mentions. */
const MENTIONED =
  /(?<![\w./^$-])(docs|src|workers|test|bench|proto|examples)\/[\w./-]*\w(?![\w*…{])/g;

function missingPaths(path: string, text: string, folders: readonly string[]): string[] {
  return [...text.matchAll(MENTIONED)]
    .filter(({ 0: found, 1: folder }) => folders.includes(folder!) && !isThere(found))
    .map(({ 0: found, index }) => `${path}:${lineAt(text, index)}: ${found} does not exist`);
}

/** A module is imported by the name that it has once it is compiled. */
function isThere(found: string): boolean {
  return exists(found) || exists(found.replace(/\.js$/, ".ts"));
}

/** A source with everything but its comments blanked out, line for line. */
function onlyComments(source: string): string {
  let end = 0;
  let kept = "";
  const blank = (text: string) => text.replace(/[^\n]/g, " ");
  for (const { 0: comment, index } of source.matchAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g)) {
    kept += blank(source.slice(end, index)) + comment;
    end = index + comment.length;
  }
  return kept;
}

/** Files and folders of code that a document names by the end of their paths. */
function missingFiles(path: string, markdown: string): string[] {
  return codeSpans(markdown)
    .filter(({ text }) => /^\w[\w/.-]*(\.(ts|proto)|\/)$/.test(text))
    .filter(({ text }) => !code.some((file) => isCalled(file, text)))
    .map(({ text, line }) => `${path}:${line}: there is no ${text}`);
}

function isCalled(file: string, name: string): boolean {
  return name.endsWith("/") ? `/${file}`.includes(`/${name}`) : `/${file}`.endsWith(`/${name}`);
}

describe("the documents", () => {
  test.each(ours)("%s: every link leads somewhere", (path) => {
    expect(brokenLinks(path, read(path))).toEqual([]);
  });

  test.each(ours)("%s: every path and file of code exists", (path) => {
    const text = read(path);
    const folders = ["docs", "src", "workers", "test", "bench", "proto", "examples"];
    const wrong = [...missingPaths(path, text, folders), ...missingFiles(path, text)];
    expect(wrong).toEqual([]);
  });

  test("are all in the table of contents", () => {
    const listed = relativeLinks(read("docs/README.md")).map(({ path }) => join("docs", path));
    const unlisted = ours.filter((path) => path.startsWith("docs/") && !listed.includes(path));
    expect(unlisted).toEqual(["docs/README.md"]);
  });
});

test("comments and messages name documents and sources that exist", () => {
  const wrong = code
    .filter((path) => path !== "test/documents.test.ts")
    .flatMap((path) => [
      ...missingPaths(path, read(path), ["docs"]),
      ...missingPaths(path, onlyComments(read(path)), ["src"]),
    ]);
  expect(wrong).toEqual([]);
});

describe("this test", () => {
  test("finds a link to a file that does not exist", () => {
    expect(brokenLinks("docs/README.md", "one\n[a](guide/none.md)")).toEqual([
      "docs/README.md:2: docs/guide/none.md does not exist",
    ]);
  });

  test("finds a link to a heading that does not exist, here and elsewhere", () => {
    const text = "# One `two` three\n[a](#one-two-three) [b](#two) [c](README.md#none)";
    expect(brokenLinks("docs/glossary.md", text)).toEqual([
      "docs/glossary.md:2: docs/glossary.md has no heading #two",
      "docs/glossary.md:2: docs/README.md has no heading #none",
    ]);
  });

  test("leaves other sites and examples of code alone", () => {
    const text = "[a](https://example.org/#b)\n```\n[c](none.md)\n```";
    expect(brokenLinks("docs/README.md", text)).toEqual([]);
  });

  test("finds paths and files that do not exist", () => {
    const text = "see src/none/a.ts, docs/none.md and ../src/b.ts";
    expect(missingPaths("x", text, ["src", "docs"])).toEqual([
      "x:1: src/none/a.ts does not exist",
      "x:1: docs/none.md does not exist",
    ]);
    const spans = "`none.ts`, `engine/engine.ts`, `engine/none/` and `engine/jobs/`";
    expect(missingFiles("x", spans)).toEqual([
      "x:1: there is no none.ts",
      "x:1: there is no engine/none/",
    ]);
  });

  test("reads paths of sources in comments, not in texts", () => {
    const source = '"src/none/a.ts";\n/* see\n src/none/b.ts */ // and src/none/c.ts';
    expect(missingPaths("x", onlyComments(source), ["src"])).toEqual([
      "x:3: src/none/b.ts does not exist",
      "x:3: src/none/c.ts does not exist",
    ]);
  });

  test("reads texts in backticks as prose, and names as none", () => {
    expect(prose("`name` [a](b.md) `two words`")).toBe("       [a]       `two words`");
  });
});
