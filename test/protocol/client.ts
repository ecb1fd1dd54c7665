/**
 * A plain socket with lines in and out, where the client of src/client will not do: for tests that send
 * bytes as they are, look at each line, or do not read. Nothing is decided by time.
 */
import { connect, type Socket } from "node:net";

export class TestClient {
  private received: string[] = [];
  private chunks: string[] = [];
  private waiting: (() => void)[] = [];
  isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      // A long line comes in many chunks.
      this.chunks.push(chunk);
      if (!chunk.includes("\n")) return;
      const parts = this.chunks.join("").split("\n");
      this.chunks = [parts.pop() ?? ""];
      this.received.push(...parts);
      this.wake();
    });
    const closed = () => {
      this.isClosed = true;
      this.wake();
    };
    socket.on("end", closed);
    socket.on("close", closed);
    socket.on("error", closed);
  }

  /** @param localAddress - Of the host that the client is on; any by default. */
  static open(port: number, host = "127.0.0.1", localAddress?: string): Promise<TestClient> {
    return new Promise((resolve, reject) => {
      const from = localAddress === undefined ? {} : { localAddress };
      const socket = connect({ port, host, ...from }, () => {
        socket.off("error", reject);
        resolve(new TestClient(socket));
      });
      socket.once("error", reject);
    });
  }

  send(line: string): void {
    this.socket.write(`${line}\n`);
  }

  request(command: string, args: readonly unknown[] = [], kwargs: object = {}): void {
    this.send(JSON.stringify({ command, args, kwargs }));
  }

  /** The next line, or null when the server closed the connection before one came. */
  async line(): Promise<string | null> {
    while (this.received.length === 0) {
      if (this.isClosed) return null;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    return this.received.shift() ?? null;
  }

  /** The next line, parsed. */
  async next(): Promise<Record<string, unknown>> {
    const line = await this.line();
    if (line === null) throw new Error("the server closed the connection");
    return JSON.parse(line);
  }

  /** Asks and returns the next line, parsed. */
  ask(command: string, args: readonly unknown[] = [], kwargs: object = {}) {
    this.request(command, args, kwargs);
    return this.next();
  }

  /** Asks and returns the returned value. */
  async call(command: string, args: readonly unknown[] = [], kwargs: object = {}) {
    const answer = await this.ask(command, args, kwargs);
    if (!("return" in answer)) throw new Error(`${command}: ${JSON.stringify(answer)}`);
    return answer["return"];
  }

  /** Lines received and not yet taken. */
  get unread(): readonly string[] {
    return this.received;
  }

  async untilClosed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  close(): void {
    this.socket.destroy();
  }

  private wake(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
