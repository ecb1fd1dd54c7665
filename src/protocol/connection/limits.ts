/** What clients may take of the server, as configured, and how the thread is shared out. */
import { type ClientLimits, STANDARD_CLIENT_LIMITS } from "../../config/client-limits.js";

export interface Limits extends ClientLimits {
  /** How long requests that are not the first of their connections may keep the thread at a time. */
  readonly sliceMs: number;
  /** How long a connection that is to be closed may take to read its last answers. */
  readonly lingerMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  ...STANDARD_CLIENT_LIMITS,
  sliceMs: 2,
  lingerMs: 10_000,
};
