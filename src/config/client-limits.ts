/** What clients may take of the server: the field `clientLimits` of a configuration. */
import { type NumberRange, readFields, readNumber } from "./fields.js";
import type { Problems } from "./problems.js";

/** What one client may take, and all of them together. No honest client meets the defaults. */
export interface ClientLimits {
  /** Clients that are connected at once; more are refused. */
  readonly connections: number;
  /** Bytes of one request line, without its newline. */
  readonly lineBytes: number;
  /** Bytes that one client has not read when the next answer comes; beyond it is disconnected. */
  readonly unsentBytes: number;
  /**
   * Bytes held for all clients together, requests that are not done and answers that are not read;
   * beyond it the client for whom most are held is disconnected.
   */
  readonly totalBufferedBytes: number;
  /** Requests of one client that wait, beyond which its socket is not read until they are begun. */
  readonly pipelinedRequests: number;
  /** Single jobs, and single machines, that one client may watch. */
  readonly watches: number;
  /** Seconds without traffic before TCP asks whether a client is still there. */
  readonly secondsBeforeTcpKeepalive: number;
}

export const STANDARD_CLIENT_LIMITS: ClientLimits = {
  connections: 16_384,
  lineBytes: 1024 * 1024,
  unsentBytes: 32 * 1024 * 1024,
  totalBufferedBytes: 512 * 1024 * 1024,
  pipelinedRequests: 256,
  watches: 65_536,
  secondsBeforeTcpKeepalive: 60,
};

const counts = (min: number, max: number): NumberRange => ({ min, max, whole: true });

/** A line is kept in one piece, as a string. */
const LONGEST_LINE = 256 * 1024 * 1024;
const MOST_BYTES = Number.MAX_SAFE_INTEGER;

const RANGES: { readonly [Name in keyof ClientLimits]: NumberRange } = {
  connections: counts(1, 1_000_000),
  // The longest create_job that is accepted has to fit.
  lineBytes: counts(64 * 1024, LONGEST_LINE),
  unsentBytes: counts(64 * 1024, MOST_BYTES),
  totalBufferedBytes: counts(64 * 1024, MOST_BYTES),
  pipelinedRequests: counts(1, 1_000_000),
  watches: counts(1, 1_000_000),
  secondsBeforeTcpKeepalive: counts(1, 32_767),
};

const NAMES = Object.keys(RANGES) as (keyof ClientLimits)[];

/** The limits that are given, and the standard ones in place of the others. Adds what is wrong. */
export function readClientLimits(problems: Problems, value: unknown): ClientLimits {
  if (value === undefined) return STANDARD_CLIENT_LIMITS;
  const given = readFields(problems, value, NAMES);
  const limit = (name: keyof ClientLimits): number =>
    readNumber(
      problems,
      `clientLimits.${name}`,
      given[name],
      RANGES[name],
      STANDARD_CLIENT_LIMITS[name],
    );
  return {
    connections: limit("connections"),
    lineBytes: limit("lineBytes"),
    unsentBytes: limit("unsentBytes"),
    totalBufferedBytes: limit("totalBufferedBytes"),
    pipelinedRequests: limit("pipelinedRequests"),
    watches: limit("watches"),
    secondsBeforeTcpKeepalive: limit("secondsBeforeTcpKeepalive"),
  };
}
