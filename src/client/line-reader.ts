/**
 * Cuts what a socket receives into lines. `node:readline` would cut at U+2028 and U+2029 as well,
 * which JSON text may hold.
 */
export class LineReader {
  /** The beginning of a line that has not ended: joined once, however many pieces it comes in. */
  private pieces: string[] = [];

  constructor(private readonly onLine: (line: string) => void) {}

  read(chunk: string): void {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      this.pieces.push(chunk.slice(start, end));
      const line = this.pieces.join("");
      this.pieces = [];
      start = end + 1;
      this.onLine(line);
    }
    if (start < chunk.length) this.pieces.push(chunk.slice(start));
  }
}
