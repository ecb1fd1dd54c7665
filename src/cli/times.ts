/** How times are shown to people. */

/** `2026-03-01T02:40:00Z`; what is no time, such as one of damaged records, as its number. */
export function isoSeconds(unixMs: number): string {
  const time = new Date(unixMs);
  if (Number.isNaN(time.getTime())) return `${unixMs} ms`;
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}
