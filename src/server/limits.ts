/** What one client may take of the server. No honest client meets these; each is logged if it bites. */
export interface Limits {
  /** Bytes of one request line, without its newline. */
  readonly lineBytes: number;
  /**
   * Answers that a client has not read. One answer may be larger; a client that has more than this
   * unread when the next answer comes is disconnected.
   */
  readonly unsentBytes: number;
  /** Requests read but not begun, beyond which the socket is not read until they are done. */
  readonly waitingRequests: number;
  /** Single jobs, and single machines, that one connection may watch. */
  readonly watches: number;
  readonly connections: number;
  /** How long one connection may keep the thread before others have their turn. */
  readonly turnMs: number;
  /** How long a connection that is to be closed may take to read its last answers. */
  readonly lingerMs: number;
  /** Silence on a connection before TCP asks whether the other end is still there. */
  readonly tcpKeepAliveMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  lineBytes: 1024 * 1024,
  unsentBytes: 16 * 1024 * 1024,
  waitingRequests: 256,
  watches: 65_536,
  connections: 20_000,
  turnMs: 2,
  lingerMs: 10_000,
  tcpKeepAliveMs: 60_000,
};
