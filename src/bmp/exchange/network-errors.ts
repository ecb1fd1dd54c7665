/** What the errors of a socket mean for a BMP, in the words of who has to find the cause. */

const MEANINGS: ReadonlyMap<string, string> = new Map([
  [
    "ECONNREFUSED",
    "there is a computer at its address, but nothing listens on the UDP port of BMPs",
  ],
  ["EHOSTUNREACH", "no computer answers at its address, or a router cannot reach it"],
  ["EHOSTDOWN", "no computer answers at its address"],
  ["ENETUNREACH", "this computer has no route to its network"],
  ["ENETDOWN", "the network interface of this computer that leads to it is down"],
  ["EADDRNOTAVAIL", "this computer has no address from which it could be reached"],
  ["EACCES", "this computer may not send to its address; it may be a broadcast address"],
]);

/** "no computer answers at its address, or a router cannot reach it (EHOSTUNREACH)". */
export function describeNetworkError(error: Error): string {
  const code = "code" in error ? String(error.code) : null;
  const meaning = code === null ? undefined : MEANINGS.get(code);
  return meaning === undefined ? error.message : `${meaning} (${code})`;
}
