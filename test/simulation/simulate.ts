/**
 * `npm run simulate`: runs the simulation over many seeds, or replays one. Exit code 1 when something
 * that must always hold did not.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { MUTATIONS } from "./mutations.js";
import { type Outcome, type RunOptions, run } from "./run.js";

interface Options {
  readonly seeds: number;
  readonly from: number;
  readonly seed?: number;
  readonly trace?: true;
  readonly mutation?: string;
  readonly json?: true;
}

/** Violations after which a search for more of them is for nothing. */
const ENOUGH_VIOLATIONS = 10;
const PROGRESS_EVERY_MS = 5000;

function wholeNumber(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError("It must be a whole number.");
}

const options = new Command("simulate")
  .description("Runs the whole engine in a simulated world, one seed per run.")
  .option("--seeds <n>", "how many seeds", wholeNumber, 1000)
  .option("--from <seed>", "the first seed", wholeNumber, 1)
  .option("--seed <seed>", "only that seed", wholeNumber)
  .option("--trace", "with --seed: print what happens, step by step")
  .addOption(
    new Option("--mutation <name>", "plant a bug, to see it found").choices(Object.keys(MUTATIONS)),
  )
  .option("--json", "print the result as JSON")
  .parse()
  .opts<Options>();

const mutation = options.mutation === undefined ? null : MUTATIONS[options.mutation]!;
const first = options.seed ?? options.from;
const count = options.seed === undefined ? options.seeds : 1;
const runOptions: RunOptions = {
  mutation,
  ...(options.trace && options.seed !== undefined && { trace: (line) => print(line()) }),
};

const startedAt = performance.now();
const violations: (Outcome & { readonly error: Error })[] = [];
let seeds = 0;
let steps = 0;
let saidAt = startedAt;
while (seeds < count && violations.length < ENOUGH_VIOLATIONS) {
  const outcome = run(first + seeds, runOptions);
  seeds += 1;
  steps += outcome.steps;
  if (outcome.error !== null) report({ ...outcome, error: outcome.error });
  if (performance.now() - saidAt > PROGRESS_EVERY_MS) {
    saidAt = performance.now();
    process.stderr.write(`${seeds} of ${count} seeds, ${violations.length} violations\n`);
  }
}
summarize();
process.exitCode = violations.length > 0 ? 1 : 0;

function report(outcome: Outcome & { readonly error: Error }): void {
  violations.push(outcome);
  if (options.json) return;
  const { seed, steps: step, error } = outcome;
  const planted = options.mutation === undefined ? "" : ` --mutation ${options.mutation}`;
  print(`seed ${seed}, step ${step}: ${error.name === "Violation" ? error.message : error.stack}`);
  if (!options.trace) print(`  replay: npm run simulate -- --seed ${seed} --trace${planted}`);
}

function summarize(): void {
  const seconds = (performance.now() - startedAt) / 1000;
  const result = {
    from: first,
    seeds,
    mutation: options.mutation ?? null,
    seconds: Number(seconds.toFixed(1)),
    seedsPerMinute: Math.round((seeds / seconds) * 60),
    stepsPerSeed: Math.round(steps / seeds),
    violations: violations.map(({ seed, steps: step, error }) => ({
      seed,
      step,
      message: error.message,
    })),
  };
  if (options.json) print(JSON.stringify(result));
  else {
    print(
      `${seeds} seeds from ${first}: ${violations.length} violations; ` +
        `${result.seedsPerMinute} seeds per minute, ${result.stepsPerSeed} steps per seed`,
    );
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
