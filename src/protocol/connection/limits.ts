/** How much of the server clients may use, as configured, and how the thread is shared out. */
import { type ClientLimits, STANDARD_CLIENT_LIMITS } from "../../config/client-limits.js";

export interface Limits extends ClientLimits {
  /** Length of a round of time slices, for requests that are not the first of their connections. */
  readonly sliceMs: number;
  /** How long the client of a connection that is being closed may take to read its last answers. */
  readonly lingerMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  ...STANDARD_CLIENT_LIMITS,
  sliceMs: 2,
  lingerMs: 10_000,
};
