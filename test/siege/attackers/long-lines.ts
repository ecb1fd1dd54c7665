/** Lines that cost as much as can be had for their length. */
import type { Random } from "../../simulation/random.js";
import { type Attack, open, readFor, send } from "./target.js";

/** Bytes; the limit of a line is 1 MiB by default. */
const LENGTHS = [1_000, 30_000, 300_000, 1_000_000, 1_048_000, 4_000_000];
const ANSWER_MS = 500;
const LINES_OF_ATTACK = 6;

const request = (inner: string) =>
  `{"command":"create_job","kwargs":{"owner":"x","tags":${inner}}}`;

/** A text of about that many bytes from one that is repeated. */
const times = (text: string, bytes: number) => text.repeat(Math.ceil(bytes / text.length));

/** Each a line of about that length. */
const LINES: readonly ((bytes: number) => string)[] = [
  (bytes) => request(`[${times("NaN,", bytes)}NaN]`),
  (bytes) => request(`[${times("-Infinity,", bytes)}1e999]`),
  (bytes) => request(`[${times("1e999,", bytes)}1]`),
  (bytes) => times("NaN", bytes),
  (bytes) => request(times("[", bytes / 2) + times("]", bytes / 2)),
  (bytes) => times("[", bytes),
  (bytes) => request(times('{"a":', bytes)),
  (bytes) => request(`["${times("\\u0041", bytes)}"]`),
  (bytes) => request(`["${times("\\ud800", bytes)}"]`),
  (bytes) => request(`["${times("\\\\", bytes)}"]`),
  (bytes) => request(`"${times('\\"NaN', bytes)}"`),
  (bytes) => request(times(",", bytes)),
  (bytes) => request(`{${Array.from({ length: bytes / 10 }, (_, n) => `"${n}":NaN`).join()}}`),
  (bytes) => request(`[${times('"default",', bytes)}"default"]`),
  (bytes) => request(`[${Array.from({ length: bytes / 9 }, (_, n) => `"t${n}"`).join()}]`),
  (bytes) => request(times("9", bytes)),
  (bytes) => times(" \t", bytes),
  (bytes) => times("\u{1f600}", bytes / 4),
  (bytes) => `{"command":"notify_machine","args":["${times("x", bytes)}"]}`,
  (bytes) => `{"command":"destroy_job","args":[0,"${times("\\u2028", bytes)}"]}`,
];

function line(random: Random): string {
  return random.pick(LINES)(random.pick(LENGTHS));
}

export const longLine: Attack = async (target, random) => {
  for (let n = 0; n < LINES_OF_ATTACK; n++) {
    const socket = await open(target, random);
    await send(socket, `${line(random)}\n`);
    await readFor(socket, ANSWER_MS);
  }
};

/** Many lines of some length, of which no single one is much. */
export const manyLines: Attack = async (target, random) => {
  const socket = await open(target, random);
  const text = `${random.pick(LINES)(random.pick([100, 1_000, 10_000]))}\n`;
  for (let sent = 0; sent < 2_000_000; sent += text.length) await send(socket, text);
  await readFor(socket, ANSWER_MS);
};
