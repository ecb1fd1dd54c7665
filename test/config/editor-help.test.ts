/** What editors show in a configuration file, with the types that an installation has. */
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { commentsOf, TABLES } from "../../scripts/configuration-tables.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const FILE = `${root}test/config/cfg.ts`;

const names = (table: object) => Object.keys(table);
const given = (table: object) =>
  names(table)
    .map((name) => `${name}: undefined!`)
    .join(", ");

const TEXT = `
const configuration = new Configuration({ ${given(TABLES.CONFIGURATION_FIELDS.table)} });
const nested = new Configuration({ clientLimits: { ${given(TABLES.CLIENT_LIMIT_FIELDS.table)} } });
const machine = new Machine({ ${given(TABLES.MACHINE_FIELDS.table)} });
const single = Machine.singleBoard({ ${given(TABLES.SINGLE_BOARD_FIELDS.table)} });
const standard = Machine.withStandardIps({ ${given(TABLES.STANDARD_ADDRESS_FIELDS.table)} });
const started = new Configuration({ /*here*/ });
const rest = configuration.secondsBeforeFree;
`;

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  skipLibCheck: true,
};

const service = ts.createLanguageService({
  getCompilationSettings: () => options,
  getScriptFileNames: () => [FILE, `${root}globals.d.ts`],
  getScriptVersion: () => "1",
  getScriptSnapshot: (file) => {
    const text = file === FILE ? TEXT : ts.sys.readFile(file);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => root,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (file) => file === FILE || ts.sys.fileExists(file),
  readFile: (file) => (file === FILE ? TEXT : ts.sys.readFile(file)),
  directoryExists: ts.sys.directoryExists,
});

/** The comment that an editor shows for a field, found behind some text of the file. */
function shown(after: string, field: string) {
  const position = TEXT.indexOf(field, TEXT.indexOf(after) + after.length);
  const info = service.getQuickInfoAtPosition(FILE, position);
  const tags = info?.tags?.map(({ name, text }) => [name, ts.displayPartsToString(text)] as const);
  return { text: ts.displayPartsToString(info?.documentation), tags: new Map(tags) };
}

describe.each([
  ["new Configuration", "configuration = new Configuration({", "CONFIGURATION_FIELDS"],
  ["clientLimits", "nested = new Configuration({ clientLimits: {", "CLIENT_LIMIT_FIELDS"],
  ["new Machine", "machine = new Machine({", "MACHINE_FIELDS"],
  ["Machine.singleBoard", "Machine.singleBoard({", "SINGLE_BOARD_FIELDS"],
  ["Machine.withStandardIps", "Machine.withStandardIps({", "STANDARD_ADDRESS_FIELDS"],
] as const)("an editor shows, in %s,", (_, after, name) => {
  test.each([...commentsOf(name)])("what %s is", (field, comment) => {
    expect(shown(after, `${field}: `)).toEqual(comment);
  });
});

test("an editor shows what a field of a finished configuration is", () => {
  const { text } = shown("rest = configuration.", "secondsBeforeFree");
  expect(text).toBe(commentsOf("CONFIGURATION_FIELDS").get("secondsBeforeFree")!.text);
});

describe("completion in new Configuration({…})", () => {
  const position = TEXT.indexOf("/*here*/");
  const { entries = [] } = service.getCompletionsAtPosition(FILE, position, {}) ?? {};

  test("offers every field", () => {
    const offered = entries.map(({ name }) => name);
    expect(offered).toEqual(expect.arrayContaining(names(TABLES.CONFIGURATION_FIELDS.table)));
  });

  test("strikes out a field that is deprecated, and no other", () => {
    const struckOut = entries.filter(({ kindModifiers = "" }) =>
      kindModifiers.includes("deprecated"),
    );
    expect(struckOut.map(({ name }) => name)).toEqual(["port"]);
  });

  test("comes with what the field is", () => {
    const details = service.getCompletionEntryDetails(
      FILE,
      position,
      "secondsToSettle",
      {},
      undefined,
      {},
      undefined,
    );
    expect(ts.displayPartsToString(details?.documentation)).toContain("Seconds between a power-on");
  });
});
