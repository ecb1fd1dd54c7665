/**
 * Promises that nobody waits for, and async functions where nobody waits: their errors would end the
 * process or be lost. Everything else is Biome's, whose own rules for this (2.6, nursery) do not look at
 * listeners of events and timers, of which this program is made.
 */
import tseslint from "typescript-eslint";

export default [
  {
    files: ["**/*.ts"],
    plugins: { "@typescript-eslint": tseslint.plugin },
    languageOptions: { parser: tseslint.parser, parserOptions: { project: "tsconfig.json" } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
    },
  },
];
