/**
 * Turns the `.ts` endings that the compiler leaves behind into `.js`.
 *
 * tsc rewrites relative imports in JavaScript, but neither in declarations nor in `new URL('./worker.ts', import.meta.url)`.
 * Works on positions from the syntax tree, so that a string which only looks like a path stays as it is.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import ts from 'typescript'

/** Rewrites the files in place; answers the specifiers that lead to no file, as problems. */
export function rewriteSpecifiers(paths: readonly string[]): string[] {
  const problems: string[] = []
  for (const path of paths) {
    const text = readFileSync(path, 'utf8')
    let result = text
    // From the end to the beginning, so that earlier positions stay true.
    for (const literal of moduleReferences(path, text).reverse()) {
      const target = literal.text.replace(/\.ts$/, '.js')
      if (!existsSync(resolve(dirname(path), target))) problems.push(`${path}: ${literal.text} leads to no built file`)
      if (target === literal.text) continue
      const start = literal.getStart() + 1
      result = result.slice(0, start) + target + result.slice(literal.getEnd() - 1)
    }
    if (result !== text) writeFileSync(path, result)
  }
  return problems
}

/** Every relative specifier of an import, export, import type, import() or new URL(…, import.meta.url), in file order. */
export function moduleReferences(path: string, text: string): ts.StringLiteral[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const found: ts.StringLiteral[] = []
  const take = (node: ts.Node | undefined): void => {
    if (node !== undefined && ts.isStringLiteral(node) && /^\.{1,2}\//.test(node.text)) found.push(node)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) take(node.moduleSpecifier)
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) take(node.argument.literal)
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) take(node.arguments[0])
    else if (ts.isNewExpression(node) && node.expression.getText() === 'URL') {
      const [target, base] = node.arguments ?? []
      // A folder (`new URL('./', …)`) or another kind of file is none of our business.
      if (base?.getText() === 'import.meta.url' && target !== undefined && /\.[tj]s['"]$/.test(target.getText()))
        take(target)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found.sort((a, b) => a.pos - b.pos)
}
