/** How long things took. */
export interface Percentiles {
  /** Milliseconds; null where nothing was measured. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly p999: number | null;
}

/** The latencies are sorted in place. */
export function percentiles(latencies: Float64Array): Percentiles {
  latencies.sort();
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))] ?? null;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
