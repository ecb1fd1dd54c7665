/** Without schemas.ts: it loads zod, which the server does without until an operator asks something. */
export { type Checked, check } from "./check.js";
export { parseJson } from "./parse.js";
