/**
 * What the config process says to the server, on a pipe of its own. Two lines: that it began, and what
 * came of the file, as JSON.
 */
import { writeSync } from "node:fs";
import type { Readable } from "node:stream";
import type { ConfigurationDescription } from "../config/description.js";
import type { ConfigurationErrorCode } from "../config/error.js";

export type Evaluation =
  | {
      readonly ok: true;
      readonly description: ConfigurationDescription;
      readonly warnings: readonly string[];
    }
  | { readonly ok: false; readonly code: ConfigurationErrorCode; readonly message: string };

const ANSWER_FD = 3;

const BEGUN = "begun\n";

/** More than the largest machines take. */
const MOST_BYTES = 256 * 2 ** 20;

/** To call by the config process, before anything else. */
export function sayBegun(): void {
  writeAll(Buffer.from(BEGUN));
}

/** To call by the config process, once. */
export function answer(evaluation: Evaluation): void {
  writeAll(Buffer.from(`${JSON.stringify(evaluation)}\n`));
}

function writeAll(bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(ANSWER_FD, bytes, written);
}

/** Of the config process, as the server hears it. */
export class HeardAnswer {
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  /** @param file to name, should the answer be none */
  constructor(file: string, stream: Readable, heard: (evaluation: Evaluation) => void) {
    stream.on("error", () => {});
    stream.on("data", (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.bytes += chunk.length;
      if (this.bytes > MOST_BYTES) {
        stream.destroy();
        heard(notUnderstood(file));
      } else if (chunk.at(-1) === NEWLINE) {
        const text = Buffer.concat(this.chunks).toString("utf8");
        this.chunks.splice(0, this.chunks.length, Buffer.from(text));
        if (text.length > BEGUN.length) {
          heard(parsed(text.slice(BEGUN.length)) ?? notUnderstood(file));
        }
      }
    });
  }

  /** Whether it came as far as to say so. */
  get isBegun(): boolean {
    return this.bytes > 0;
  }
}

const NEWLINE = 0x0a;

/** Null for what is none: the code of the file may write to that pipe as well. */
function parsed(text: string): Evaluation | null {
  try {
    const value = JSON.parse(text) as Evaluation | null;
    return typeof value?.ok === "boolean" ? value : null;
  } catch {
    return null;
  }
}

function notUnderstood(file: string): Evaluation {
  const message = `${file}: what came of it cannot be read; does it write to file descriptor ${ANSWER_FD}?`;
  return { ok: false, code: "CONFIGURATION_THREW", message };
}
