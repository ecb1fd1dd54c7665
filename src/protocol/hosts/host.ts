/** One host with clients: what is held for all of them together, and what they have had of the thread. */

/** A connection that waits for a slice of the thread. */
export interface SliceTaker {
  readonly host: Host;
  /** Serves one request, and more until that time. */
  runSlice(endsAt: number): void;
}

export class Host {
  /** Bytes buffered for its clients. */
  bufferedBytes = 0;
  /** Its connections that wait for a slice, in order. */
  waiting: SliceTaker[] = [];
  /** Milliseconds of the thread that it had since {@link windowStart}, without slices that were waited for. */
  spentMs = 0;
  windowStart = Number.NEGATIVE_INFINITY;

  constructor(readonly address: string) {}
}
