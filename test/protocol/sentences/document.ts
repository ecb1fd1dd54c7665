/** The sentences of docs/reference/protocol.md, and tests that have them as titles. */
import { expect, test } from "vitest";
import { read } from "../../prose/files.js";

/** All sentences outside of tables, headings and examples, without what only lays them out. */
export function sentencesOf(markdown: string): string[] {
  return markdown
    .replace(/^```[\s\S]*?^```$/gm, "\n")
    .split(/\n\s*\n|\n(?=- )/)
    .filter((paragraph) => !/^\s*(#|\|)/.test(paragraph))
    .map((paragraph) => paragraph.replace(/^\s*- /, "").replaceAll("**", ""))
    .map((paragraph) => paragraph.replace(/\s+/g, " ").trim())
    .flatMap((text) => text.match(/(?:`[^`]*`|[^`])+?(?:[.:](?=\s+[A-Z`])|$)/g) ?? [])
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== "");
}

export const SENTENCES: readonly string[] = sentencesOf(read("docs/reference/protocol.md"));

/** The sentence that is quoted, whole or by its beginning with " …" behind it; undefined for none. */
export function sentenceOf(quoted: string): string | undefined {
  const beginning = quoted.endsWith(" …") ? quoted.slice(0, -1) : null;
  return SENTENCES.find((one) => (beginning === null ? one === quoted : one.startsWith(beginning)));
}

/** A test of what sentences of the document say; fails when they are not in it. */
export function says(quoted: string | readonly string[], run: () => void | Promise<void>): void {
  const all = typeof quoted === "string" ? [quoted] : quoted;
  test(all.join(" "), async () => {
    for (const one of all) expect(sentenceOf(one), one).toBeDefined();
    await run();
  });
}
