/**
 * `npm run fuzz [-- --lines N --seed S --json]`. Exit code 1 when the server did anything wrong. The
 * lines are drawn from the seed; when they meet is up to the real processes.
 */
import { parseArgs } from "node:util";
import { seedOfNow, wholeNumber } from "../support/numbers-of-options.js";
import { fuzz } from "./fuzz.js";

/** RemoteSpiNNaker waits no longer. */
const ANSWER_MS = 1000;

const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "1000000" },
    seed: { type: "string", default: seedOfNow() },
    json: { type: "boolean", default: false },
  },
});

const report = await fuzz({
  lines: wholeNumber("lines", values.lines),
  seed: wholeNumber("seed", values.seed),
  answerMs: ANSWER_MS,
  progress: (text) => process.stderr.write(`${text}\n`),
});
if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else {
  for (const [name, figure] of Object.entries({
    ...report,
    violations: report.violations.length,
  })) {
    process.stdout.write(`${name.padEnd(24)}${figure}\n`);
  }
  for (const violation of report.violations) process.stdout.write(`  ${violation}\n`);
}
process.exitCode = report.violations.length === 0 ? 0 : 1;
