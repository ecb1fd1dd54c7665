/**
 * One connection of a client that means no good: it sends lines cut anywhere, and ends in one of
 * several ways. What it is answered is looked at all the same.
 */
import { connect, type Socket } from "node:net";
import type { Random } from "../simulation/random.js";
import { type FuzzLine, fuzzLine, type JobIds } from "./lines.js";

const ENDINGS = ["read all", "read all", "read all", "reset", "vanish", "never read"] as const;
/** Others send only what must be answered, so that all of it is. */
const FAULTY_CHANCE = 0.3;
const MOST_LINES = 400;
const MOST_PIECES = 6;
const KINDS = ["return", "exception", "jobs_changed", "machines_changed"];
/** How long one that does not read stays. */
const DEAF_MS = 20;

export interface Attack {
  readonly lines: number;
  readonly answers: number;
  /** What the server did wrong. */
  readonly violations: readonly string[];
}

export async function attack(port: number, random: Random, jobIds: JobIds): Promise<Attack> {
  const isFaulty = random.chance(FAULTY_CHANCE);
  const lines = Array.from({ length: 1 + random.below(MOST_LINES) }, () =>
    fuzzLine(random, jobIds, isFaulty),
  );
  const ending = random.pick(ENDINGS);
  const socket = connect({ host: "127.0.0.1", port });
  // The server may well close it first.
  socket.on("error", () => socket.destroy());
  const closed = new Promise((resolve) => socket.once("close", resolve));
  const received: string[] = [];
  if (ending === "never read") socket.pause();
  else socket.on("data", (chunk: Buffer) => received.push(chunk.toString("latin1")));
  send(socket, lines, random);
  if (ending === "read all") socket.end("\n");
  else {
    await new Promise((resolve) => socket.write("\n", resolve));
    if (ending === "never read") await new Promise((resolve) => setTimeout(resolve, DEAF_MS));
    if (ending === "reset") socket.resetAndDestroy();
    else socket.destroy();
  }
  await closed;
  const { answers, violations } = check(received.join(""), ending !== "read all");
  const isCertain = ending === "read all" && lines.every(({ isAnswered }) => isAnswered === true);
  if (isCertain && answers !== lines.length) {
    violations.push(`${answers} answers to ${lines.length} requests`);
  }
  return { lines: lines.length, answers, violations };
}

function send(socket: Socket, lines: readonly FuzzLine[], random: Random): void {
  const bytes = Buffer.concat(lines.map((line) => line.bytes));
  let from = 0;
  for (let piece = random.below(MOST_PIECES); piece > 0; piece--) {
    const to = from + random.below(bytes.length - from);
    if (to > from) socket.write(bytes.subarray(from, to));
    from = to;
  }
  socket.write(bytes.subarray(from));
}

/** Every line is one of the few things that the server may say. */
function check(text: string, mayBeCut: boolean): { answers: number; violations: string[] } {
  const violations: string[] = [];
  let answers = 0;
  const lines = text.split("\n");
  const rest = lines.pop();
  if (rest !== "" && !mayBeCut) violations.push(`an unfinished line: ${rest?.slice(0, 100)}`);
  for (const line of lines) {
    const kind = kindOf(line);
    if (kind === null) violations.push(`a line that is no answer: ${line.slice(0, 100)}`);
    if (kind === "return" || kind === "exception") answers++;
  }
  return { answers, violations };
}

function kindOf(line: string): string | null {
  try {
    const keys = Object.keys(JSON.parse(line) as object);
    return keys.length === 1 && KINDS.includes(keys[0]!) ? keys[0]! : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
