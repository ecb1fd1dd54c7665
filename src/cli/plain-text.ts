/** Texts of clients, for a terminal. */
import { visible } from "../domain/visible-text.js";

const LONGEST_OWNER = 60;

/** Owners are whatever clients say: long, or with what a terminal takes for commands. */
export function plain(owner: string): string {
  const text = visible(owner);
  return text.length > LONGEST_OWNER ? `${text.slice(0, LONGEST_OWNER - 1).toWellFormed()}…` : text;
}
