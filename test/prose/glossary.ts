/** Words that the glossary replaces, and where a text uses them. */

/** A phrase that is not to be used, and what to write. */
export interface Replaced {
  readonly phrase: string;
  readonly use: string;
  readonly pattern: RegExp;
}

export interface Finding {
  /** The words as they stand there. */
  readonly found: string;
  readonly use: string;
  /** Where in the text, from 0. */
  readonly index: number;
}

/**
 * The replaced words of a glossary: in every table whose last column is headed "do not write", what stands in
 * backticks in that column, to be replaced by the first column. The glossary says what a phrase means.
 */
export function replacedWords(glossary: string): Replaced[] {
  const replaced: Replaced[] = [];
  let inTable = false;
  for (const line of glossary.split("\n")) {
    if (!line.startsWith("|")) {
      inTable = false;
      continue;
    }
    const cells = line
      .slice(1, line.lastIndexOf("|"))
      .split("|")
      .map((cell) => cell.trim());
    const last = cells.at(-1)!;
    if (last === "do not write") inTable = true;
    else if (inTable) {
      for (const [, phrase] of last.matchAll(/`([^`]+)`/g)) {
        replaced.push({ phrase: phrase!, use: cells[0]!, pattern: patternOf(phrase!) });
      }
    }
  }
  return replaced;
}

/** Whole words in any case; see the head of the glossary for `*` and `…`. */
function patternOf(phrase: string): RegExp {
  const source = phrase
    .split(/\s+/)
    .map((word) =>
      word === "…"
        ? "\\S+(?:\\s+\\S+){0,2}"
        : word.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "\\w*"),
    )
    .join("[\\s-]+");
  return new RegExp(`(?<![\\w-])${source}(?!\\w)`, "giu");
}

/** Every use of a replaced word in a text, in order. */
export function findReplaced(text: string, replaced: readonly Replaced[]): Finding[] {
  return replaced
    .flatMap(({ pattern, use }) =>
      [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
        found: found.replace(/\s+/g, " "),
        use,
        index,
      })),
    )
    .sort((a, b) => a.index - b.index);
}

/** The words of a name: `SetAside`, `set-aside.ts` and `SET_ASIDE` are "set aside". */
export function wordsOfName(name: string): string {
  return name
    .replace(/\.[a-z.]+$/, "")
    .replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3 $2$4")
    .replace(/[-_.]/g, " ")
    .trim()
    .toLowerCase();
}
