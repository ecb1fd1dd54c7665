/** The comments on the rows of a table of fields, as the TypeScript compiler sees them. */
import ts from "typescript";

export interface FieldComment {
  readonly text: string;
  /** Text of each tag, such as `default` and `deprecated`. */
  readonly tags: ReadonlyMap<string, string>;
}

/**
 * @param file - Path of a TypeScript file.
 * @returns For each exported table of the file: the comment on each of its rows.
 */
export function fieldComments(file: string): Map<string, Map<string, FieldComment>> {
  const program = ts.createProgram([file], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    skipLibCheck: true,
    types: ["node"],
  });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} is not a module that TypeScript can read`);
  const exported = checker.getExportsOfModule(module);
  return new Map(
    exported
      .filter(({ valueDeclaration }) => valueDeclaration !== undefined)
      .map((table) => {
        const rows = checker.getTypeOfSymbol(table).getProperties();
        return [table.name, new Map(rows.map((row) => [row.name, commentOn(row, checker)]))];
      }),
  );
}

function commentOn(row: ts.Symbol, checker: ts.TypeChecker): FieldComment {
  const tags = row
    .getJsDocTags(checker)
    .map(({ name, text }) => [name, ts.displayPartsToString(text)] as const);
  return {
    text: ts.displayPartsToString(row.getDocumentationComment(checker)),
    tags: new Map(tags),
  };
}
