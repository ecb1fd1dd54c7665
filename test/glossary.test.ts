/** Messages, comments, documents and names use the words of docs/glossary.md, and none that these replace. */
import { describe, expect, test } from "vitest";
import { documents, filesUnder, read } from "./prose/files.js";
import { findReplaced, replacedWords, wordsOfName } from "./prose/glossary.js";
import { lineAt, prose } from "./prose/markdown.js";
import { comments, exportedNames, texts } from "./prose/typescript.js";

const GLOSSARY = "docs/glossary.md";
const replaced = replacedWords(read(GLOSSARY));

/** Replaced words that stay: in these files, in such a text of the code, name or line of a document. */
interface Exception {
  readonly in: RegExp;
  readonly text: RegExp;
  readonly because: string;
}

const EXCEPTIONS: readonly Exception[] = [
  {
    in: /^src\/store\//,
    text: /^(retired|rests|RetiredJob)$/,
    because: "names of tables and messages in stored states",
  },
  {
    in: /^src\//,
    text: /^([Bb]oardLocations|boardLocationsFromSpinner|maxRetiredJobs)$/,
    because: "names that cfg.ts uses",
  },
  {
    in: /^src\/cli\/no-server\.ts$/,
    text: /^admin\.sock$/,
    because: "name of the socket of older servers",
  },
  {
    in: /^CHANGELOG\.md$/,
    text: / was `/,
    because: "says what was called something else before",
  },
];

interface Complaint {
  readonly path: string;
  /** From 1; null for the path itself. */
  readonly line: number | null;
  readonly found: string;
  readonly use: string;
  /** What an exception is held against. */
  readonly text: string;
}

function aboutMessages(path: string, source: string): Complaint[] {
  return texts(source).flatMap(({ text, line }) =>
    findReplaced(text, replaced).map(({ found, use, index }) => {
      return { path, line: line + lineAt(text, index) - 1, found, use, text };
    }),
  );
}

/** Names in backticks are left, as in documents. */
function aboutComments(path: string, source: string): Complaint[] {
  return comments(source).flatMap(({ text, line }) => {
    const read = prose(text);
    return findReplaced(read, replaced).map(({ found, use, index }) => {
      return { path, line: line + lineAt(read, index) - 1, found, use, text };
    });
  });
}

function aboutNames(path: string, source: string): Complaint[] {
  return exportedNames(source).flatMap(({ text, line }) =>
    findReplaced(wordsOfName(text), replaced).map(({ found, use }) => {
      return { path, line, found: `${found}" in "${text}`, use, text };
    }),
  );
}

function aboutDocument(path: string, markdown: string): Complaint[] {
  const read = prose(markdown);
  const lines = markdown.split("\n");
  return findReplaced(read, replaced).map(({ found, use, index }) => {
    const line = lineAt(read, index);
    return { path, line, found, use, text: lines[line - 1]! };
  });
}

function aboutPath(path: string): Complaint[] {
  return path.split("/").flatMap((part) =>
    findReplaced(wordsOfName(part), replaced).map(({ found, use }) => {
      return { path, line: null, found, use, text: part };
    }),
  );
}

const sources = filesUnder("src", "workers").filter((path) => path.endsWith(".ts"));
const everywhere = {
  "messages and other texts of the code": sources.flatMap((path) =>
    aboutMessages(path, read(path)),
  ),
  comments: sources.flatMap((path) => aboutComments(path, read(path))),
  "exported names": sources.flatMap((path) => aboutNames(path, read(path))),
  documents: documents()
    .filter((path) => path !== GLOSSARY)
    .flatMap((path) => aboutDocument(path, read(path))),
  "names of files and folders": filesUnder(
    ...["src", "workers", "test", "bench", "docs", "examples", "proto"],
  ).flatMap(aboutPath),
};

function isMet({ in: files, text }: Exception, complaint: Complaint): boolean {
  return files.test(complaint.path) && text.test(complaint.text);
}

/** One line for each complaint that no exception allows. */
function listed(complaints: readonly Complaint[]): string[] {
  return complaints
    .filter((complaint) => !EXCEPTIONS.some((exception) => isMet(exception, complaint)))
    .map(({ path, line, found, use }) => {
      return `${path}${line === null ? "" : `:${line}`}: "${found}": write "${use}"`;
    });
}

describe("no replaced word is used", () => {
  test.each(Object.entries(everywhere))("in %s", (_, complaints) => {
    expect(listed(complaints)).toEqual([]);
  });

  test("but where an exception is needed", () => {
    const all = Object.values(everywhere).flat();
    const idle = EXCEPTIONS.filter((exception) => !all.some((one) => isMet(exception, one)));
    expect(idle).toEqual([]);
  });
});

describe("this test", () => {
  test("reads replaced words from every table with a column of them", () => {
    const text =
      "| a | do not write |\n|---|---|\n| x | `y*`, `z … z` |\n\n| b | c |\n|---|---|\n| d | `e` |";
    const words = replacedWords(text);
    expect(words.map(({ phrase, use }) => [phrase, use])).toEqual([
      ["y*", "x"],
      ["z … z", "x"],
    ]);
    const found = findReplaced("yes, z and z; why not z a b c d z, e", words);
    expect(found.map((one) => one.found)).toEqual(["yes", "z and z"]);
  });

  test("finds messages, with what is computed in them and in several parts", () => {
    const source = [
      'import { x } from "set-aside";',
      "type Kind = 'set aside';",
      "log.warn({}, `$" + "{boards} boards are set aside`);",
      'throw new Error("boards " + count + " put" + " aside");',
      "write(on ? `$" + "{name} sets $" + '{list("kept back")} aside` : "well");',
    ].join("\n");
    expect(listed(aboutMessages("a.ts", source))).toEqual([
      'a.ts:3: "set aside": write "quarantine"',
      'a.ts:4: "put aside": write "quarantine"',
      'a.ts:5: "kept back": write "withheld"',
      'a.ts:5: "sets … aside": write "quarantine"',
    ]);
  });

  test("finds comments, over the end of a line and behind code, and leaves names in backticks", () => {
    const source = [
      "/**",
      " * Boards that are set",
      " * aside, in the table `retired`.",
      " */",
      'const url = "http://set aside"; // kept back',
      "f(/* held back */ 1);",
    ].join("\n");
    expect(listed(aboutComments("a.ts", source))).toEqual([
      'a.ts:2: "set aside": write "quarantine"',
      'a.ts:5: "kept back": write "withheld"',
      'a.ts:6: "held back": write "withheld"',
    ]);
  });

  test("finds names that others see, and no others", () => {
    const source = [
      "export class SetAside {",
      "  lowRows = 1;",
      "  private retired = 2;",
      "  #atRest = 3;",
      "}",
      "const sweeps = 4;",
      "export const RETIRED_JOBS = 5;",
    ].join("\n");
    expect(listed(aboutNames("a.ts", source))).toEqual([
      'a.ts:1: "set aside" in "SetAside": write "quarantine"',
      'a.ts:2: "low rows" in "lowRows": write "reserved rows"',
      'a.ts:7: "retired" in "RETIRED_JOBS": write "ended job"',
    ]);
  });

  test("finds words in documents over the end of a line, and leaves names in backticks", () => {
    const text =
      "# One\n\nBoards are set\naside; see `retired`, [that](at-rest.md), `is set aside`.";
    expect(listed(aboutDocument("a.md", text))).toEqual([
      'a.md:3: "set aside": write "quarantine"',
      'a.md:4: "set aside": write "quarantine"',
    ]);
  });

  test("finds words in paths", () => {
    expect(listed(aboutPath("parts/set-aside/low-rows.ts"))).toEqual([
      'parts/set-aside/low-rows.ts: "set aside": write "quarantine"',
      'parts/set-aside/low-rows.ts: "low rows": write "reserved rows"',
    ]);
  });

  test("leaves plain English alone", () => {
    const text =
      "The rest of the machine is searched; the reply took place elsewhere. " +
      "An error is noticed, a place in the queue is kept, and BMPs take turns.";
    expect(findReplaced(text, replaced)).toEqual([]);
  });

  test("finds what is not good English", () => {
    expect(listed(aboutDocument("a.md", "By custom boards are nobody's."))).toEqual([
      'a.md:1: "By custom": write "usually"',
      `a.md:1: "nobody's": write "is free, are free"`,
    ]);
  });
});
