/**
 * Whether a value is as a zod schema says, and what is wrong with it in words for people:
 *
 *   boards[0].frame is "x"; it must be [cabinet, frame], two whole numbers from 0
 *   reason is missing; it must be a text
 *   boards[0] has no field place; its fields are board, position and frame
 *
 * The message of a schema (`error`) says what a value must be. zod itself is not loaded here: who has
 * a schema has loaded it.
 */
import type { z } from "zod";

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** More problems than these are counted, not told. */
const MOST_TOLD = 5;
const SHOWN_CHARACTERS = 60;

/** @param name - What messages call the whole value; empty for one whose fields speak for themselves. */
export function check<T>(schema: z.ZodType<T>, value: unknown, name = ""): Checked<T> {
  const result = schema.safeParse(value, { error: wanted });
  if (result.success) return { ok: true, value: result.data };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, value, name));
  const told = problems.slice(0, MOST_TOLD);
  if (problems.length > told.length)
    told.push(`and ${problems.length - told.length} more problems`);
  return { ok: false, problem: told.join("\n") };
}

function problemsOf(issue: Issue, whole: unknown, name: string): string[] {
  const path = pathName(name, issue.path);
  const value = valueAt(whole, issue.path);
  if (issue.code === "unrecognized_keys") {
    const [has, fields] = path === "" ? ["there is", "the fields"] : [`${path} has`, "its fields"];
    return issue.keys.map((key) => `${has} no field ${short(key)}; ${fields} are ${issue.message}`);
  }
  if (issue.code === "invalid_union") {
    const meant = meantOf(issue, value);
    if (meant !== undefined) return meant.flatMap((each) => problemsOf(each, value, path));
  }
  return [`${path === "" ? "this" : path} is ${shown(value)}; it must be ${issue.message}`];
}

/** Of several forms that a value may have, the one whose fields it has: only their values are wrong. */
function meantOf({ errors }: z.core.$ZodIssueInvalidUnion, value: unknown): Issue[] | undefined {
  return errors.find((issues) =>
    issues.every(
      ({ code, path }) =>
        code !== "unrecognized_keys" && path.length > 0 && valueAt(value, path) !== undefined,
    ),
  );
}

/** What a value must be, where its schema does not say so itself; of unknown fields, what there is. */
function wanted(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "unrecognized_keys":
      return inWords(fieldsOf(issue.inst), "and");
    case "invalid_value":
      return inWords(
        issue.values.map((value) => JSON.stringify(value)),
        "or",
      );
    case "invalid_union":
      return inWords(
        optionsOf(issue).map((value) => JSON.stringify(value)),
        "or",
      );
    case "invalid_type":
      return KINDS[issue.expected] ?? `of type ${issue.expected}`;
    default:
      return `other (${issue.code})`;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "a list",
  tuple: "a list",
};

/** The values of the field by which the forms of a discriminated union are told apart. */
function optionsOf(issue: object): readonly unknown[] {
  return "options" in issue && Array.isArray(issue.options) ? issue.options : [];
}

/** Only objects have fields that they do not know. */
function fieldsOf(schema: unknown): readonly string[] {
  return Object.keys((schema as z.ZodObject).shape);
}

/** `a, b and c`. */
function inWords(words: readonly string[], conjunction: string): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1)}`;
}

function pathName(name: string, path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, name);
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}

function shown(value: unknown): string {
  return value === undefined ? "missing" : short(JSON.stringify(value));
}

function short(text: string): string {
  return text.length > SHOWN_CHARACTERS
    ? `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}…`
    : text;
}
