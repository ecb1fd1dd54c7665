/**
 * One program of an operator. Its requests are answered one after the other, one a turn of the event loop, so
 * that many of them keep clients waiting no longer than one; while one is answered, no more is read. What is too long is refused before its end has come, and the rest of it is thrown away.
 */
import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { LineSplitter } from "../json/index.js";
import { MOST_LINE_BYTES } from "./limits.js";
import { lineOf } from "./wire.js";

/** For which the last answer waits to be read, by a program that may still be sending. */
const LINGER_MS = 10_000;

const FAULTS = {
  "too long": `the request is wrong: it has more than ${MOST_LINE_BYTES} bytes`,
  "not UTF-8": "the request is wrong: it is not UTF-8",
};

/** @param answerTo the answer to a line, as an object */
export function serve(socket: Socket, answerTo: (line: string) => Promise<object>): void {
  const splitter = new LineSplitter();
  const take = async (chunk: Buffer) => {
    socket.pause();
    const { lines, fault } = splitter.push(chunk, MOST_LINE_BYTES);
    for (const line of lines) {
      await write(socket, await answerTo(line));
      await nextTurn();
    }
    if (fault === null) socket.resume();
    else refuse(socket, FAULTS[fault]);
  };
  socket.on("data", (chunk: Buffer) => void take(chunk));
}

/** Answers what is wrong, and ends the connection. */
export function refuse(socket: Socket, problem: string): void {
  socket.removeAllListeners("data").resume();
  socket.end(lineOf({ error: problem }));
  const late = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => clearTimeout(late));
}

async function write(socket: Socket, answer: object): Promise<void> {
  if (socket.destroyed || socket.write(lineOf(answer))) return;
  await new Promise<void>((resolve) => {
    const over = () => {
      socket.off("drain", over).off("close", over);
      resolve();
    };
    socket.on("drain", over).on("close", over);
  });
}
