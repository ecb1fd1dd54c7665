/** Two default exports in one file: to the language a syntax error, to the loader the later one. */
import { ConfigurationError } from "../config/error.js";

/** A line that may hold a default export: in a text or a longer comment it is none. */
const MAY_BE_DEFAULT = /^(?!\s*(?:\/\/|\/?\*)).*(?:\bexport\s+default\b|\bas\s+default\b)/;

/** How the compiled file begins: the exports it has, one name for each time that it exports one. */
const EXPORTS = /(?:\bexports\.[\w$]+ = )+void 0;/g;

/**
 * @param compile - Makes CommonJS of the text of the file; asked only if it may have two.
 * @throws {ConfigurationError} CONFIGURATION_SYNTAX, naming the lines.
 */
export function refuseTwoDefaults(text: string, compile: (text: string) => string): void {
  const lines = text.split("\n").flatMap((line, i) => (MAY_BE_DEFAULT.test(line) ? [i + 1] : []));
  if (lines.length < 2) return;
  const declared = [...compile(text).matchAll(EXPORTS)].join(" ").split("exports.default =");
  if (declared.length <= 2) return;
  throw new ConfigurationError(
    "CONFIGURATION_SYNTAX",
    `syntax error: there is more than one default export, on the lines ${lines.join(" and ")}; a file has one: delete the others`,
  );
}
