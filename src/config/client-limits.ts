/** What clients may take of the server: the field `clientLimits` of a configuration. */
import type { Given, Table, Type, Values } from "./fields/field.js";
import { bytes, countOf, number } from "./fields/numbers.js";
import { defaultsOf, object } from "./fields/reader.js";

const KIB = 1024;
const MIB = 1024 * KIB;

export const CLIENT_LIMIT_FIELDS = {
  /**
   * Clients that are connected at once; more are refused.
   * @default 16384
   */
  connections: { type: countOf({ from: 1, to: 1_000_000 }), default: 16_384 },
  /**
   * Bytes of one request line, without its newline; a client that sends a longer one is
   * disconnected. Reading a line of the default length takes a few milliseconds at most, in which
   * nobody else is served; longer ones take longer.
   * @default 262144 bytes
   */
  // The longest create_job that is accepted has to fit, with each character escaped; a line is kept
  // in one piece, as a string.
  lineBytes: { type: bytes({ from: 64 * KIB, to: 256 * MIB }), default: 256 * KIB },
  /**
   * Bytes that one client has not read when the next answer comes, without a long list that it is
   * reading; beyond them it is disconnected.
   * @default 32 MiB
   */
  unsentBytes: { type: bytes({ from: 64 * KIB }), default: 32 * MIB },
  /**
   * Bytes held for all clients of one host, of requests that wait and answers that have not been read;
   * beyond them the client of that host for whom most are held is disconnected.
   * @default 32 MiB
   */
  bufferedBytesPerHost: { type: bytes({ from: 64 * KIB }), default: 32 * MIB },
  /**
   * The same for all clients together; beyond them a client of the host for which most are held is
   * disconnected.
   * @default 64 MiB
   */
  totalBufferedBytes: { type: bytes({ from: 64 * KIB }), default: 64 * MIB },
  /**
   * Requests of one client that wait; beyond them its socket is not read until they have begun.
   * @default 256
   */
  pipelinedRequests: { type: countOf({ from: 1, to: 1_000_000 }), default: 256 },
  /**
   * Single jobs, and single machines, that one client may watch.
   * @default 65536
   */
  watches: { type: countOf({ from: 1, to: 1_000_000 }), default: 65_536 },
  /**
   * Single jobs and machines that all clients of one host may watch together.
   * @default 65536
   */
  watchesPerHost: { type: countOf({ from: 1, to: 10_000_000 }), default: 65_536 },
  /**
   * Single jobs and machines that all clients may watch together.
   * @default 131072
   */
  totalWatches: { type: countOf({ from: 1, to: 10_000_000 }), default: 131_072 },
  /**
   * Live jobs that clients of one host created.
   * @default 16384
   */
  jobsPerHost: { type: countOf({ from: 1, to: 10_000_000 }), default: 16_384 },
  /**
   * Live jobs of all clients.
   * @default 32768
   */
  totalJobs: { type: countOf({ from: 1, to: 10_000_000 }), default: 32_768 },
  /**
   * Bytes of the texts of all live jobs that clients of one host created: owners and arguments, two
   * bytes a character.
   * @default 12 MiB
   */
  jobBytesPerHost: { type: bytes({ from: 64 * KIB }), default: 12 * MIB },
  /**
   * The same for the live jobs of all clients.
   * @default 24 MiB
   */
  totalJobBytes: { type: bytes({ from: 64 * KIB }), default: 24 * MIB },
  /**
   * Seconds without traffic before TCP asks whether a client is still there.
   * @default 60
   */
  secondsBeforeTcpKeepalive: {
    type: number({ min: 1, max: 32_767, whole: true, unit: "second" }),
    default: 60,
  },
} satisfies Table;

/** What one client may take, and all of them together. No honest client meets the defaults. */
export type ClientLimits = Values<typeof CLIENT_LIMIT_FIELDS>;

export const STANDARD_CLIENT_LIMITS: ClientLimits = defaultsOf(CLIENT_LIMIT_FIELDS);

/** Some of the limits, as a configuration file writes them. */
export type ClientLimitsFields = Given<typeof CLIENT_LIMIT_FIELDS>;

export const clientLimits: Type<ClientLimitsFields, ClientLimits> = object(CLIENT_LIMIT_FIELDS);
