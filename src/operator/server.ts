/** Answers the operator's programs; see wire.ts. */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { CommitMark } from "../engine/contract/api.js";
import type { Log } from "../engine/contract/log.js";
import { refuse, serve } from "./connection.js";
import { answerTo, type OperatorCommands } from "./dispatch.js";
import { MOST_CONNECTIONS } from "./limits.js";

export interface OperatorServerOptions {
  readonly socket: string;
  readonly commands: OperatorCommands;
  /** The mark of everything done so far: the answer to a change waits until it is durable. */
  readonly currentMark: () => CommitMark;
  readonly whenDurable: (mark: CommitMark, callback: () => void) => void;
  /** How long that is waited for; then the answer says that it is not saved yet. */
  readonly savedMs?: number;
  readonly log: Log;
}

export interface OperatorServer {
  close(): void;
}

/** How long an operator waits for the disk at most. */
const SAVED_MS = 5000;
const NOT_SAVED = {
  error:
    "it is done, but could not be saved yet: the disk takes nothing at present, it may be full. It is saved as soon as the disk takes it, and lost if the server ends before. Free some space, and look whether it was saved with `spalloc-server quarantine list`",
};

/** Whether all that was done so far is durable within that time. */
function saved({
  currentMark,
  whenDurable,
  savedMs = SAVED_MS,
}: OperatorServerOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), savedMs);
    whenDurable(currentMark(), () => {
      clearTimeout(late);
      resolve(true);
    });
  });
}

/** The socket of a server that was killed is replaced; only one server has a state directory. */
export async function startOperatorServer(options: OperatorServerOptions): Promise<OperatorServer> {
  const { socket: path, commands, log } = options;
  const connections = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    // A program that goes away does not wait for its answer.
    socket.on("error", () => socket.destroy());
    if (connections.size > MOST_CONNECTIONS) {
      refuse(socket, `${MOST_CONNECTIONS} programs are connected already; end some of them`);
      return;
    }
    serve(socket, async (line) => {
      const { answer, changed } = await answerTo(commands, line, log);
      const isSaved = !changed || (await saved(options));
      return isSaved ? answer : NOT_SAVED;
    });
  });
  rmSync(path, { force: true });
  // Never open to others, not even for a moment.
  const umask = process.umask(0o177);
  server.listen(path);
  process.umask(umask);
  await once(server, "listening");
  server.on("error", (error) =>
    log.error(
      { err: error },
      "the operator's socket failed; if `spalloc-server quarantine` cannot reach this server any more, start it again",
    ),
  );
  return {
    close() {
      server.close();
      for (const socket of connections) socket.destroy();
    },
  };
}
