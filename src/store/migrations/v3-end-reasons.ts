/**
 * Version 3: ended jobs have a code for the reason they ended, instead of the text that clients were
 * told. What else version 3 notes of them was not noted before, and stays absent.
 */
import { seal, unseal } from "../records/checksum.js";
import { codec } from "../records/codec.js";
import { FieldError } from "../records/fields.js";
import type { Migration } from "./migration.js";

/** What version 2 wrote. */
interface OldEndedJob {
  readonly jobId: number;
  readonly reason: string | null;
  readonly order: number;
}

interface NewEndedJob extends OldEndedJob {
  readonly code: number;
  readonly wasQueued: boolean;
}

const oldCodec = codec<OldEndedJob>(
  "RetiredJob",
  (job) => job,
  (fields) => ({
    jobId: fields.count("jobId"),
    reason: fields.has("reason") ? fields.text("reason") : null,
    order: fields.has("order") ? fields.count("order") : 0,
  }),
);

const newCodec = codec<NewEndedJob>(
  "RetiredJob",
  (job) => job,
  (fields) => ({
    jobId: fields.count("jobId"),
    reason: fields.text("reason"),
    order: fields.count("order"),
    code: fields.count("code"),
    wasQueued: fields.flag("wasQueued"),
  }),
);

const CANCELLED = "Cancelled: ";
const FAILED = "Machine configuration failed. Error: ";

/** The texts that version 2 wrote for ends without a parameter, and their codes. */
const CODES: Readonly<Record<string, number>> = {
  "Job timed out.": 1,
  "No suitable machines available.": 2,
  "Machine removed.": 3,
  "Lost: the record of the job was damaged on the server's disk.": 5,
};

function withEndCode({ jobId, reason, order }: OldEndedJob): NewEndedJob {
  const wasQueued = reason?.startsWith(CANCELLED) === true;
  const text = wasQueued ? reason.slice(CANCELLED.length) : reason;
  const coded = (code: number, parameter: string | null) => ({
    jobId,
    order,
    wasQueued,
    code,
    reason: parameter,
  });
  if (text === null || (wasQueued && text === "")) return coded(0, null);
  const code = Object.hasOwn(CODES, text) ? CODES[text] : undefined;
  if (code !== undefined) return coded(code, null);
  if (text.startsWith(FAILED)) return coded(4, text.slice(FAILED.length));
  return coded(0, text);
}

export const endReasons: Migration = {
  version: 3,
  breaking: true,
  title:
    "ended jobs have a code for their reason, with owner, host, times, boards and who ended them",
  *migrate(rows) {
    for (const { key, value } of rows("retired")) {
      const job = decoded(key, value);
      if (job === null) continue;
      yield { table: "retired", key, value: seal(key, newCodec.encode(withEndCode(job))) };
    }
  },
};

/** Null for a damaged row: it stays as it is, and is found when everything is read. */
function decoded(key: Buffer, value: Buffer): OldEndedJob | null {
  try {
    return oldCodec.decode(unseal(key, value));
  } catch (error) {
    if (error instanceof FieldError) return null;
    throw error;
  }
}
