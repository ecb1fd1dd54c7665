/** How many addresses there are, and which, in a few words. */

/** The lowest of some host names and addresses, and the highest: `10.0.0.1 … 10.0.0.24`. */
export function addressRange(addresses: readonly string[]): string {
  const byNumber = new Intl.Collator("en", { numeric: true });
  const sorted = [...addresses].sort(byNumber.compare);
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return "none";
  return first === last ? first : `${first} … ${last}`;
}
