/** What TypeScript sources say to people: texts in their code, comments, and the names that they export. */
import ts from "typescript";

export interface Saying {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/**
 * All texts of a source: literals, templates and sums of them, each in one piece, with "…" for what is
 * computed. Names of modules and types are no texts.
 */
export function texts(source: string): Saying[] {
  const file = parse(source);
  const found: Saying[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isExportDeclaration(node) || ts.isExternalModuleReference(node)) return;
    if (ts.isExpression(node) && isText(node)) {
      const parts: string[] = [];
      collect(node, parts, visit);
      found.push({ text: parts.join(""), line: lineOf(file, node) });
      return;
    }
    node.forEachChild(visit);
  };
  file.forEachChild(visit);
  return found;
}

/** All comments of a source, each with its lines as they stand there, without the asterisks before them. */
export function comments(source: string): Saying[] {
  const file = parse(source);
  const found = new Map<number, Saying>();
  const visit = (node: ts.Node): void => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(source, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(source, node.getEnd()) ?? []),
    ];
    for (const { pos, end } of ranges) {
      const text = source.slice(pos, end).replace(/^(\s*)\*(?!\/)/gm, "$1 ");
      found.set(pos, { text, line: file.getLineAndCharacterOfPosition(pos).line + 1 });
    }
    for (const child of node.getChildren(file)) visit(child);
  };
  visit(file);
  return [...found.values()].sort((a, b) => a.line - b.line);
}

function isText(node: ts.Expression): boolean {
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return true;
  return isSum(node) && (isText(node.left) || isText(node.right));
}

function isSum(node: ts.Expression): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
}

/** Adds the parts of a text; what is computed may have texts of its own. */
function collect(node: ts.Expression, parts: string[], visit: (node: ts.Node) => void): void {
  if (ts.isStringLiteralLike(node)) parts.push(node.text);
  else if (ts.isTemplateExpression(node)) {
    parts.push(node.head.text);
    for (const { expression, literal } of node.templateSpans) {
      parts.push("…", literal.text);
      visit(expression);
    }
  } else if (isSum(node)) {
    collect(node.left, parts, visit);
    collect(node.right, parts, visit);
  } else {
    parts.push("…");
    visit(node);
  }
}

/** Names that a source exports, and those of the members that others can see. */
export function exportedNames(source: string): Saying[] {
  const file = parse(source);
  const found: Saying[] = [];
  const add = (name: ts.Node | undefined): void => {
    if (name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name))) {
      found.push({ text: name.text, line: lineOf(file, name) });
    }
  };
  for (const statement of file.statements) {
    if (!ts.canHaveModifiers(statement)) continue;
    const modifiers = ts.getModifiers(statement) ?? [];
    if (!modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) add(name);
    } else if (ts.isDeclarationStatement(statement)) add(statement.name);
    if (ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement)) {
      for (const member of statement.members) if (!isPrivate(member)) add(member.name);
    }
  }
  return found;
}

function isPrivate(member: ts.ClassElement | ts.TypeElement): boolean {
  if (member.name !== undefined && ts.isPrivateIdentifier(member.name)) return true;
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
}

function parse(source: string): ts.SourceFile {
  return ts.createSourceFile("source.ts", source, ts.ScriptTarget.Latest, true);
}

function lineOf(file: ts.SourceFile, node: ts.Node): number {
  return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
}
