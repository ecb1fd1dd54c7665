/**
 * Tables of fields, one for each object that a configuration file may write. A row says all there is
 * to say about a field: types, checks, what `spalloc-server check` prints and the document follow from
 * it. The comment on a row is what editors show, and what docs/reference/configuration.md says.
 *
 *   /**
 *    * Seconds between a power-on and the check of its boards.
 *    * @default 5
 *    *\/
 *   secondsToSettle: { type: seconds(), default: 5 },
 */
import type { Problems } from "./problems.js";

/** What a field must be: `Given` is what a file may write, `Value` what the server makes of it. */
export interface Type<Given, Value = Given> {
  /** What messages and the document say that a value must be. */
  readonly expected: string;
  /** Makes a value of what a file wrote. If it is not allowed, adds a problem: then undefined. */
  read(problems: Problems, name: string, given: unknown): Value | undefined;
  /** The value as `spalloc-server check` prints it, on one line. */
  show(value: Value): string;
  /** Of a type for objects: the table of their fields. */
  readonly fields?: Table;
  /** Never set: it tells the compiler what a file may write. */
  readonly given?: Given;
}

export interface Field<Given = unknown, Value = unknown> {
  readonly type: Type<Given, Value>;
  /** The value if the field is left out, null for none. A field without a default is required. */
  readonly default?: Value | null;
  /** Of a field that is no longer to be used: what to do instead. */
  readonly deprecated?: string;
  /** What messages call the field, where its name alone would not be clear. */
  readonly calledInMessages?: string;
}

export type Table = Readonly<Record<string, Field>>;

type RequiredNames<T extends Table> = {
  [Name in keyof T]: T[Name] extends { readonly default: unknown } ? never : Name;
}[keyof T];

type GivenOf<F> = F extends { readonly type: Type<infer Given, unknown> } ? Given : never;

type ValueOf<F> = F extends { readonly type: Type<infer _Given, infer Value> }
  ? F extends { readonly default: null }
    ? Value | null
    : Value
  : never;

// Mapped over names of T, so that the properties keep the comments on its rows.
type RequiredFields<T extends Table, Names extends keyof T> = {
  readonly [Name in Names]: GivenOf<T[Name]>;
};
type OptionalFields<T extends Table, Names extends keyof T> = {
  readonly [Name in Names]?: GivenOf<T[Name]> | undefined;
};

/** What a configuration file may write for an object with the fields of a table. */
export type Given<T extends Table> = RequiredFields<T, RequiredNames<T>> &
  OptionalFields<T, Exclude<keyof T, RequiredNames<T>>>;

/** What is made of it: every field checked, and its default in place of one that is left out. */
export type Values<T extends Table> = { readonly [Name in keyof T]: ValueOf<T[Name]> };
