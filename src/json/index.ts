/** Without schemas.ts: it loads zod, which the server does without until an operator asks something. */
export { type Checked, check } from "./check.js";
export { type LineFault, LineSplitter } from "./line-splitter.js";
export { parseJson, parseLimitedJson } from "./parse.js";
export { endOfString, excess } from "./structure.js";
