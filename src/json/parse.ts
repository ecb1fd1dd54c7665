/** JSON text that somebody sent or wrote. */
import type { Checked } from "./check.js";
import { excess } from "./structure.js";

/** The value of a JSON text, or why it is none. */
export function parseJson(text: string): Checked<unknown> {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, problem: `not JSON: ${error instanceof Error ? error.message : error}` };
  }
}

/** The same for what nobody may send too much of. */
export function parseLimitedJson(text: string): Checked<unknown> {
  const problem = excess(text);
  return problem === null ? parseJson(text) : { ok: false, problem };
}
