/** What a configuration prints, as lines, and no more of it than a log has use for. */
import { once } from "node:events";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Of each output. What comes then is read, so that the file is not kept waiting, and left out. */
const MOST_CHARACTERS = 2 ** 20;

export class PrintedLines {
  readonly closed: Promise<unknown>;
  private readonly decoder = new StringDecoder("utf8");
  private begun: string[] = [];
  private left = MOST_CHARACTERS;

  constructor(
    private readonly stream: Readable,
    private readonly take: (line: string) => void,
  ) {
    this.closed = once(stream, "close").catch(() => {});
    stream.on("data", (chunk: Buffer) => this.add(this.decoder.write(chunk)));
    stream.on("error", () => {});
    stream.on("close", () => this.endLine());
  }

  /** To call when nothing is waited for any more. */
  end(): void {
    this.stream.destroy();
  }

  private add(text: string): void {
    if (this.left === 0) return;
    const taken = text.slice(0, this.left);
    this.left -= taken.length;
    const [first, ...others] = taken.split("\n");
    this.begun.push(first!);
    for (const other of others) {
      this.take(this.line());
      this.begun = [other];
    }
    if (this.left > 0) return;
    this.endLine();
    this.take("… (it prints more than 1 MiB; what comes after that is left out)");
  }

  private endLine(): void {
    const last = this.line();
    this.begun = [];
    if (last !== "") this.take(last);
  }

  private line(): string {
    return this.begun.join("").replace(/\r$/, "");
  }
}
