/** `npm run bench [-- NAME] [--trace FILE] [--json]`: runs one benchmark, or all of them. */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { durability } from "./durability.js";
import { refusals } from "./faults/refusals.js";
import { faults } from "./faults.js";
import { filling } from "./filling.js";
import { latency } from "./latency.js";
import { packing } from "./packing.js";
import { placement } from "./placement.js";
import { connections } from "./protocol/connections.js";
import { protocol } from "./protocol.js";
import { reload } from "./reload.js";
import { type Bench, type Report, render } from "./report.js";
import { start } from "./start.js";

const benches: Readonly<Record<string, Bench>> = {
  placement,
  packing,
  protocol,
  latency,
  filling,
  connections,
  durability,
  faults,
  refusals,
  start,
  reload,
};

const USAGE = `Usage: npm run bench -- [NAME] [--trace FILE] [--json]

Benchmarks:
${Object.entries(benches)
  .map(([name, { about }]) => `  ${name.padEnd(12)}${about}`)
  .join("\n")}
Without a name all of them run. packing replays the traces given with --trace, files or such as
lognormal:7 (kind and seed), in place of its own. Progress goes to stderr, the results to stdout.
`;

function fail(message: string): never {
  process.stderr.write(`${message}\n\n${USAGE}`);
  process.exit(2);
}

function commandLine(): { names: string[]; json: boolean; help: boolean; traces: string[] } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        trace: { type: "string", multiple: true, default: [] },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    });
    return {
      names: positionals,
      json: values.json,
      help: values.help ?? false,
      traces: values.trace,
    };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const { names, json, help, traces } = commandLine();
if (help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const chosen = names.length === 0 ? Object.keys(benches) : names;
for (const name of chosen) {
  if (!Object.hasOwn(benches, name)) fail(`There is no benchmark called ${JSON.stringify(name)}.`);
}

const processors = cpus();
const machine = {
  processors: processors.length,
  model: processors[0]?.model ?? "unknown",
  node: process.version,
};
if (!json) {
  process.stdout.write(
    `${machine.processors} × ${machine.model}, Node ${machine.node}, ${new Date().toISOString()}\n`,
  );
}
const reports: Report[] = [];
for (const name of chosen) {
  const report = await benches[name]!.run((what) => process.stderr.write(`${name}: ${what}\n`), {
    traces,
  });
  reports.push(report);
  if (!json) process.stdout.write(`\n${render(report)}`);
}
if (json) {
  const alone = reports.length === 1 ? reports[0]!.json : undefined;
  const results = alone === undefined ? { machine, reports } : { machine, ...alone };
  process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
}
