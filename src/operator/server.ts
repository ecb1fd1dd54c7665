/** Answers the operator's programs; see wire.ts. */
import { once } from "node:events";
import { chmodSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { InvariantError } from "../domain/invariant.js";
import type { CommitMark } from "../engine/contract/api.js";
import type { Log } from "../engine/contract/log.js";
import { type OperatorAnswer, OperatorError } from "./wire.js";

/** Carries out a command. @throws AdminError when that cannot be done. */
export type OperatorCommand = (args: object) => unknown;

export interface OperatorServerOptions {
  readonly socket: string;
  readonly commands: Readonly<Record<string, OperatorCommand>>;
  /** The mark of everything done so far: an answer waits until it is durable. */
  readonly currentMark: () => CommitMark;
  readonly durableMark: () => CommitMark;
  readonly log: Log;
}

export interface OperatorServer {
  /** Everything up to that mark is durable. */
  durable(mark: CommitMark): void;
  close(): void;
}

/** The socket of a server that was killed is replaced; only one server has a state directory. */
export async function startOperatorServer(options: OperatorServerOptions): Promise<OperatorServer> {
  const { socket: path, log } = options;
  const waiting: { readonly mark: CommitMark; readonly send: () => void }[] = [];
  const connections = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    // A program that goes away does not wait for its answer.
    socket.on("error", () => socket.destroy());
    createInterface({ input: socket }).on("line", (line) => {
      const answer = answerTo(options, line);
      const send = () => socket.write(`${JSON.stringify(answer)}\n`);
      const mark = options.currentMark();
      if (mark <= options.durableMark()) send();
      else waiting.push({ mark, send });
    });
  });
  rmSync(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  chmodSync(path, 0o600);
  server.on("error", (error) => log.error({ err: error }, "the operator's socket failed"));
  return {
    durable(mark) {
      while (waiting[0] !== undefined && waiting[0].mark <= mark) waiting.shift()?.send();
    },
    close() {
      server.close();
      for (const socket of connections) socket.destroy();
    },
  };
}

function answerTo({ commands, log }: OperatorServerOptions, line: string): OperatorAnswer {
  try {
    const { command, args } = parse(line);
    const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (run === undefined) {
      throw new OperatorError(
        `no command ${command}; there are ${Object.keys(commands).join(", ")}`,
      );
    }
    return { result: run(args) ?? null };
  } catch (error) {
    if (error instanceof OperatorError) return { error: error.message };
    if (error instanceof InvariantError) throw error;
    log.error({ err: error }, "a command of an operator failed");
    return { error: "that failed in an unforeseen way; the log of the server has more" };
  }
}

function parse(line: string): { readonly command: string; readonly args: object } {
  let request: unknown;
  try {
    request = JSON.parse(line);
  } catch (error) {
    throw new OperatorError(`no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (
    typeof request !== "object" ||
    request === null ||
    !("command" in request) ||
    typeof request.command !== "string"
  ) {
    throw new OperatorError('a request is {"command": "…", "arguments": {…}}');
  }
  const { command } = request;
  const args = "arguments" in request ? request.arguments : {};
  if (typeof args !== "object" || args === null)
    throw new OperatorError("arguments must be an object");
  return { command, args };
}
