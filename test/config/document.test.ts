import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  commentsOf,
  DOCUMENT,
  defaultText,
  documentAsItShouldBe,
  TABLE_NAMES,
  TABLES,
} from "../../scripts/configuration-tables.js";
import type { Field } from "../../src/config/fields/field.js";

test("docs/reference/configuration.md has every field as it is; if not, `npm run docs` writes it", () => {
  expect(readFileSync(DOCUMENT, "utf8")).toBe(documentAsItShouldBe());
});

describe.each(TABLE_NAMES)("the comments on %s", (name) => {
  const comments = commentsOf(name);

  test.each(Object.entries<Field>(TABLES[name].table))(
    "%s says what it is, and its default",
    (field, row) => {
      const { text, tags } = comments.get(field)!;
      expect(text).toMatch(/^[^|]+\.$/);
      expect(tags.get("default") ?? null).toBe(defaultText(row));
      expect(tags.has("deprecated")).toBe(row.deprecated !== undefined);
    },
  );
});
