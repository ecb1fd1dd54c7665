/**
 * `npm run torture -- --kills N [--seed S] [--users N] [--power-on-ms N] [--json]`. Exit code 1 when an
 * answer was not honoured. Moments are drawn from the seed, but what happens in them is up to the real
 * processes: a seed does not repeat a run exactly.
 */
import { parseArgs } from "node:util";
import { seedOfNow, wholeNumber } from "../support/numbers-of-options.js";
import { Torture } from "./torture.js";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: seedOfNow() },
    users: { type: "string", default: "8" },
    "power-on-ms": { type: "string", default: "20" },
    json: { type: "boolean", default: false },
  },
});

const report = await new Torture({
  kills: wholeNumber("kills", values.kills),
  seed: wholeNumber("seed", values.seed),
  users: wholeNumber("users", values.users),
  powerOnMs: wholeNumber("power-on-ms", values["power-on-ms"]),
  progress: (text) => process.stderr.write(`${text}\n`),
}).run();

if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else {
  const { violations, moments, steps, ...figures } = report;
  const line = (counts: object) =>
    Object.entries(counts)
      .map(([name, value]) => `${name} ${value}`)
      .join(", ");
  process.stdout.write(`${line({ ...figures, ...moments, violations: violations.length })}\n`);
  process.stdout.write(`kills with a BMP in the middle of: ${line(steps)}\n`);
  for (const violation of violations) process.stdout.write(`VIOLATION ${violation}\n`);
}
process.exitCode = report.violations.length === 0 ? 0 : 1;
