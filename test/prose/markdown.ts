/** Parts of Markdown documents: what is prose, links, headings, code spans. */

/**
 * What people read of a document, line for line: without names in backticks (one word of code) and
 * without the targets of links. Texts in backticks, such as lines of a log, are read.
 */
export function prose(markdown: string): string {
  const blank = (found: string) => " ".repeat(found.length);
  return markdown.replace(/`[^`\s]+`/g, blank).replace(/(?<=\])\([^)\s]+\)/g, blank);
}

export interface Link {
  /** The path relative to the document; empty for the document itself. */
  readonly path: string;
  /** The heading, without its #; null for none. */
  readonly anchor: string | null;
  /** From 1. */
  readonly line: number;
}

/** Links to other files or headings; links to other sites are left out. */
export function relativeLinks(markdown: string): Link[] {
  const text = withoutFences(markdown);
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .filter(([, target]) => !/^[a-z]+:/.test(target!))
    .map(({ 1: target, index }) => {
      const [path, anchor = null] = target!.split("#");
      return { path: path!, anchor, line: lineAt(text, index) };
    });
}

/** The anchors that GitHub makes of the headings. */
export function anchors(markdown: string): Set<string> {
  const made = new Set<string>();
  for (const [, heading] of withoutFences(markdown).matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const base = plain.replace(/[^\p{L}\p{N}_ -]/gu, "").replaceAll(" ", "-");
    let anchor = base;
    for (let again = 1; made.has(anchor); again++) anchor = `${base}-${again}`;
    made.add(anchor);
  }
  return made;
}

/** What stands in single backticks, with its line. */
export function codeSpans(markdown: string): { readonly text: string; readonly line: number }[] {
  const text = withoutFences(markdown);
  return [...text.matchAll(/`([^`\n]+)`/g)].map(({ 1: span, index }) => ({
    text: span!,
    line: lineAt(text, index),
  }));
}

/** The line of a character, from 1. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```/gm, (fence) => fence.replace(/[^\n]/g, " "));
}
