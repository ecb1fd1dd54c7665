/** Answers on the socket of the lock: who has it, and what is in the state. See wire.ts. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { StateHolder } from "../errors.js";
import { line, ROWS_REQUEST, rowsLine, type StoredRow } from "./wire.js";

/** The rows of one moment, in slices that keep the thread busy for a moment only. */
export interface RowSlices {
  readonly fileBytes: number;
  /** Null after the last. Throws when the state was closed meanwhile. */
  next(): readonly StoredRow[] | null;
  /** To call in any case: until then LMDB keeps all that was deleted since. */
  end(): void;
}

const MOST_CONNECTIONS = 64;
const MOST_READINGS = 4;
/** A connection on which nothing moves for so long is ended. */
const IDLE_MS = 10_000;
/** A reading may take so long as a whole. */
const READING_MS = 60_000;
const LONGEST_REQUEST = 1_000;

export class HolderServer {
  private readonly server: Server;
  private readonly connections = new Set<Socket>();
  private readings = 0;
  private readonly shown: Promise<() => RowSlices>;
  /** To call once, with how a reading is begun. */
  showRows: (read: () => RowSlices) => void = () => {};

  constructor(self: StateHolder) {
    const { pid, host, sinceMs } = self;
    const greeting = line({ pid, host, sinceMs });
    this.shown = new Promise((resolve) => {
      this.showRows = resolve;
    });
    this.server = createServer((socket) => {
      this.connections.add(socket);
      socket.on("close", () => this.connections.delete(socket));
      socket.on("error", () => socket.destroy());
      socket.setTimeout(IDLE_MS, () => socket.destroy());
      socket.write(greeting);
      this.takeRequest(socket);
    });
    this.server.maxConnections = MOST_CONNECTIONS;
    // Of a connection that the system did not let in: whoever it was tries again.
    this.server.on("error", () => {});
    this.server.unref();
  }

  /** Rejects with what the system says. */
  async listen(path: string): Promise<void> {
    this.server.listen(path);
    await once(this.server, "listening");
  }

  close(): void {
    this.server.close();
    for (const socket of this.connections) socket.destroy();
  }

  private takeRequest(socket: Socket): void {
    let request = "";
    socket.setEncoding("utf8");
    const take = (chunk: string): void => {
      request += chunk;
      if (request.includes("\n")) {
        socket.off("data", take).resume();
        void this.answer(socket, request.slice(0, request.indexOf("\n")));
      } else if (request.length > LONGEST_REQUEST) socket.destroy();
    };
    socket.on("data", take);
  }

  private async answer(socket: Socket, request: string): Promise<void> {
    if (request !== ROWS_REQUEST) {
      socket.end(line({ error: `it knows no such request; what it knows is ${ROWS_REQUEST}` }));
      return;
    }
    const read = await this.shown;
    if (this.readings >= MOST_READINGS) {
      socket.destroy();
      return;
    }
    this.readings++;
    const limit = setTimeout(() => socket.destroy(), READING_MS);
    try {
      await sendRows(socket, read());
    } catch {
      // The state was closed. Whoever reads asks again, and finds out what became of it.
      socket.destroy();
    } finally {
      clearTimeout(limit);
      this.readings--;
    }
  }
}

async function sendRows(socket: Socket, slices: RowSlices): Promise<void> {
  try {
    for (let rows = slices.next(); rows !== null; rows = slices.next()) {
      if (!socket.writable) return;
      if (socket.write(rowsLine(rows))) await nextTurn();
      else await drained(socket);
    }
    socket.end(line({ end: { fileBytes: slices.fileBytes } }));
  } finally {
    slices.end();
  }
}

/** Or closed. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}
