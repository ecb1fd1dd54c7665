/**
 * `npm run siege [-- --minutes N --seed S --memory-mib N --json]`. Exit code 1 when an honest client or an operator
 * got a wrong or a late answer, or the server took too much memory or too long to start. What is done is drawn from
 * the seed; when it meets is up to the real processes.
 */
import { parseArgs } from "node:util";
import { seedOfNow, wholeNumber } from "../support/numbers-of-options.js";
import { reportText } from "./report.js";
import { Siege } from "./siege.js";

/** A quarter of a second is what a person notices; real clients wait for seconds. */
const ANSWER_MS = 250;
const START_MS = 2_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: seedOfNow() },
    "memory-mib": { type: "string" },
    json: { type: "boolean", default: false },
  },
});

const report = await new Siege({
  minutes: wholeNumber("minutes", values.minutes),
  seed: wholeNumber("seed", values.seed),
  memoryMiB:
    values["memory-mib"] === undefined ? null : wholeNumber("memory-mib", values["memory-mib"]),
  answerMs: ANSWER_MS,
  startMs: START_MS,
  progress: (text) => process.stderr.write(`${text}\n`),
}).run();
process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
process.exitCode = report.violations.length === 0 ? 0 : 1;
