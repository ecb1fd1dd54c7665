/** Texts of clients, for a terminal. */

const LONGEST_OWNER = 60;

/** Owners are whatever clients say: long, or with what a terminal takes for commands. */
export function plain(owner: string): string {
  const text = owner.replaceAll(/\p{C}/gu, "?");
  return text.length > LONGEST_OWNER ? `${text.slice(0, LONGEST_OWNER - 1).toWellFormed()}…` : text;
}
