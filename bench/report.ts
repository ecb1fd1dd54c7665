/** What a benchmark is, and how its results are shown. */

export interface Bench {
  /** One line for the list of benchmarks. */
  readonly about: string;
  run(progress: (what: string) => void, options: BenchOptions): Promise<Report>;
}

interface BenchOptions {
  /** Traces to replay in place of the standard ones, for the benchmarks that replay any. */
  readonly traces: readonly string[];
}

export type Cell = string | number;

export interface Report {
  readonly name: string;
  /** What was measured and how, for a reader who has only this. */
  readonly notes: readonly string[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Results with names and units, printed with --json when this benchmark runs alone. */
  readonly json?: { readonly rows: readonly object[] };
}

/** A table for a terminal: text to the left, numbers to the right. */
export function render({ name, notes, columns, rows }: Report): string {
  const cells = rows.map((row) => row.map(textOf));
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...cells.map((row) => row[i]!.length)),
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, i) =>
        rows.some((row) => typeof row[i] === "number")
          ? text.padStart(widths[i]!)
          : text.padEnd(widths[i]!),
      )
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  const body = [line(columns), rule, ...cells.map(line)].join("\n");
  return `${name}\n${notes.map((note) => `  ${note}\n`).join("")}\n${body}\n`;
}

function textOf(cell: Cell): string {
  if (typeof cell === "string") return cell;
  if (Number.isInteger(cell)) return cell.toLocaleString("en");
  return cell.toFixed(Math.abs(cell) < 1 ? 3 : 2);
}
