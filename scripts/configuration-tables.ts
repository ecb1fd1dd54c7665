/** The tables of docs/reference/configuration.md, made from the tables of fields in src/config. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CLIENT_LIMIT_FIELDS } from "../src/config/client-limits.js";
import { CONFIGURATION_FIELDS } from "../src/config/configuration-fields.js";
import type { Field, Table } from "../src/config/fields/field.js";
import {
  MACHINE_FIELDS,
  SINGLE_BOARD_FIELDS,
  STANDARD_ADDRESS_FIELDS,
} from "../src/config/machine/machine-fields.js";
import { type FieldComment, fieldComments } from "./field-comments.js";

/** Each table of fields, and the file it is written in. */
export const TABLES = {
  CONFIGURATION_FIELDS: { table: CONFIGURATION_FIELDS, file: "configuration-fields.ts" },
  CLIENT_LIMIT_FIELDS: { table: CLIENT_LIMIT_FIELDS, file: "client-limits.ts" },
  MACHINE_FIELDS: { table: MACHINE_FIELDS, file: "machine/machine-fields.ts" },
  SINGLE_BOARD_FIELDS: { table: SINGLE_BOARD_FIELDS, file: "machine/machine-fields.ts" },
  STANDARD_ADDRESS_FIELDS: { table: STANDARD_ADDRESS_FIELDS, file: "machine/machine-fields.ts" },
} as const satisfies Record<string, { readonly table: Table; readonly file: string }>;

export type TableName = keyof typeof TABLES;

export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

export const DOCUMENT = new URL("../docs/reference/configuration.md", import.meta.url);

const PART = /(<!-- (\w+): written by `npm run docs` -->\n).*?(<!-- end -->)/gs;

/** The document with each of its tables as the code has it now. */
export function documentAsItShouldBe(): string {
  const written = new Set<string>();
  const text = readFileSync(DOCUMENT, "utf8").replace(PART, (_, before, name, after) => {
    written.add(name);
    return `${before}${markdownTable(tableNamed(name))}${after}`;
  });
  const missing = TABLE_NAMES.filter((name) => !written.has(name));
  if (missing.length === 0) return text;
  throw new Error(`${fileURLToPath(DOCUMENT)} has no place for ${missing.join(", ")}`);
}

function tableNamed(name: string): TableName {
  const known = TABLE_NAMES.find((one) => one === name);
  if (known !== undefined) return known;
  throw new Error(`${fileURLToPath(DOCUMENT)} asks for the unknown table ${name}`);
}

/** The comments on the rows of a table. */
export function commentsOf(name: TableName): ReadonlyMap<string, FieldComment> {
  const file = fileURLToPath(new URL(`../src/config/${TABLES[name].file}`, import.meta.url));
  const comments = fieldComments(file).get(name);
  if (comments === undefined) throw new Error(`${file} exports no ${name}`);
  return comments;
}

/** A default as the document and editors show it, or null if there is none to show. */
export function defaultText({ type, default: value }: Field): string | null {
  if (value === undefined || value === null || type.fields !== undefined) return null;
  return isInBytes(type) ? type.show(value) : JSON.stringify(value);
}

function markdownTable(name: TableName): string {
  const comments = commentsOf(name);
  const rows = Object.entries<Field>(TABLES[name].table).map(([field, row]) => {
    const comment = comments.get(field);
    if (comment === undefined) throw new Error(`${name}.${field} has no comment`);
    return [`\`${field}\``, expected(row), whenLeftOut(row), meaning(comment)];
  });
  const lines = [["field", "must be", "default", "meaning"], ["---", "---", "---", "---"], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function expected({ type }: Field): string {
  return "unit" in type && type.unit !== undefined
    ? `${type.expected}, in ${type.unit}s`
    : type.expected;
}

function whenLeftOut(row: Field): string {
  if (row.default === undefined) return "required";
  if (row.type.fields !== undefined) return "those below";
  const text = defaultText(row);
  return text === null ? "" : `\`${text}\``;
}

function meaning({ text, tags }: FieldComment): string {
  const deprecated = tags.get("deprecated");
  const whole = deprecated === undefined ? text : `${text} Deprecated. ${deprecated}`;
  return whole.replaceAll("\n", " ");
}

function isInBytes(type: Field["type"]): boolean {
  return "unit" in type && type.unit === "byte";
}
