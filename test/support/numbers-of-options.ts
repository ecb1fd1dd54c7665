/** Numbers that a person gives a program of the tests. */

/** A whole number from 1; ends the program, with a reason, when it is none. */
export function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0) {
    process.stderr.write(`--${name} takes a whole number from 1, not ${JSON.stringify(text)}\n`);
    process.exit(2);
  }
  return Number(text);
}

/** One for runs that are not to be repeated. */
export function seedOfNow(): string {
  return String(1 + (Date.now() % 999_999));
}
