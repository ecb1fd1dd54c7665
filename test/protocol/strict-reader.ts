/**
 * Reads `list_jobs` as strictly as the strictest of the known clients does in each respect: types and
 * ranges as the Java client's, depth and characters as the Python client's and its tools'.
 */

const MAX_INT = 2 ** 31 - 1;
/** Python's parser gives up near 1000 levels, of which the answer itself and its caller take some. */
const MAX_LEVELS = 100;

/** @throws Error naming the first thing that a client would not take. */
export function readJobList(line: string): void {
  const { return: jobs } = JSON.parse(line) as { return: unknown };
  checkTexts(jobs, 0);
  for (const job of listOf(jobs, "the list")) readJob(objectOf(job, "a job"));
}

function readJob(job: Record<string, unknown>): void {
  int(job["job_id"], "job_id");
  text(job["owner"], "owner");
  number(job["start_time"], "start_time");
  if (job["keepalive"] !== null) number(job["keepalive"], "keepalive");
  int(job["state"], "state");
  check([null, true, false].includes(job["power"] as boolean | null), "power is a truth value");
  for (const arg of listOf(job["args"], "args")) int(arg, "an element of args");
  objectOf(job["kwargs"], "kwargs");
  if (job["allocated_machine_name"] !== null) text(job["allocated_machine_name"], "machine");
  if (job["boards"] !== null) {
    for (const board of listOf(job["boards"], "boards")) {
      for (const coordinate of listOf(board, "a board")) int(coordinate, "a coordinate");
    }
  }
  text(job["keepalivehost"], "keepalivehost");
}

function checkTexts(value: unknown, level: number): void {
  check(level <= MAX_LEVELS, "not nested too deeply");
  if (typeof value === "string") check(value.isWellFormed(), "no half of a surrogate pair");
  if (typeof value !== "object" || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    checkTexts(name, level);
    checkTexts(inner, level + 1);
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

function int(value: unknown, what: string): void {
  number(value, what);
  check(Math.abs(value as number) <= MAX_INT, `${what} has 32 bits`);
}

function number(value: unknown, what: string): void {
  check(typeof value === "number", `${what} is a number`);
}

function text(value: unknown, what: string): void {
  check(typeof value === "string", `${what} is a text`);
}

function listOf(value: unknown, what: string): readonly unknown[] {
  check(Array.isArray(value), `${what} is a list`);
  return value as unknown[];
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  check(
    typeof value === "object" && value !== null && !Array.isArray(value),
    `${what} is an object`,
  );
  return value as Record<string, unknown>;
}
