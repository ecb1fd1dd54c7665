/** The kinds of values that parameters take. */
import { CommandError } from "./errors.js";
import type { Json } from "./json.js";
import { describe, type Parameter } from "./parameters.js";

function wrong(name: string, wanted: string, value: Json): CommandError {
  return new CommandError(`${name} must be ${wanted}, not ${describe(value)}`);
}

/** A whole number; 2.0 is one, true and "2" are not. */
export const wholeNumber: Parameter<number> = {
  read(value, name) {
    if (typeof value === "number" && Number.isInteger(value)) return value;
    throw wrong(name, "a whole number", value);
  },
};

export const countFromZero: Parameter<number> = {
  read(value, name) {
    if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
    throw wrong(name, "a whole number from 0, or null for any number", value);
  },
};

/** A finite number that is not negative. */
export const ratio: Parameter<number> = {
  read(value, name) {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
    throw wrong(name, "a finite number from 0", value);
  },
};

export const seconds: Parameter<number> = {
  read(value, name) {
    if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
    throw wrong(name, "a finite number of seconds from 0, or null for no limit", value);
  },
};

export const flag: Parameter<boolean> = {
  read(value, name) {
    if (typeof value === "boolean") return value;
    throw wrong(name, "true or false", value);
  },
};

export const MAX_NAME_CHARS = 256;

/** A name. A number is taken as its digits: some clients send such names unquoted. */
export const text: Parameter<string> = {
  read(value, name) {
    if (typeof value === "number" && Number.isFinite(value)) return String(value);
    if (typeof value !== "string") throw wrong(name, "a string", value);
    if (value.length <= MAX_NAME_CHARS) return value;
    throw wrong(name, `a string of at most ${MAX_NAME_CHARS} characters`, value);
  },
};

/** What a client notes for others to read: a name or a number. */
export const annotation: Parameter<string | number> = {
  read(value, name) {
    if (typeof value === "number" && Number.isFinite(value)) return value;
    const wanted = `a finite number, or a string of at most ${MAX_NAME_CHARS} characters`;
    if (typeof value !== "string" || value.length > MAX_NAME_CHARS)
      throw wrong(name, wanted, value);
    return value;
  },
};

export const tagList: Parameter<readonly string[]> = {
  read(value, name) {
    if (!Array.isArray(value)) throw wrong(name, "a list of strings or null", value);
    return value.map((tag: Json, index) => text.read(tag, `${name}[${index}]`));
  },
};

/** Job ids are whole numbers from 1; this is the id of no job. */
export const UNKNOWN_JOB_ID = -1;

/**
 * A job id. A string or null is the id of no job rather than an error, as it was in the Python server;
 * lists, objects, true and false are errors.
 */
export const jobId: Parameter<number> = {
  read(value, name) {
    if (typeof value === "number") return Number.isSafeInteger(value) ? value : UNKNOWN_JOB_ID;
    if (typeof value === "string" || value === null) return UNKNOWN_JOB_ID;
    throw wrong(name, "a whole number", value);
  },
};

/** A job id to stop watching; nothing happens for what is not watched, of whatever type. */
export const watchedJobId: Parameter<number> = {
  read(value, name) {
    if (typeof value === "object") return UNKNOWN_JOB_ID;
    return jobId.read(value, name);
  },
};
