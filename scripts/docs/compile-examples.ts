/**
 * Compiles what documentation shows. Each example is a module of its own in a temporary folder, under one line of imports: the
 * names it uses and does not declare, from its preamble or from the packages. So examples stay as short as a reader wants them
 * and still cannot go stale.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ts from 'typescript'
import { run } from '../command.ts'
import { root } from '../repository.ts'
import type { Example } from './examples.ts'

const PACKAGES = { millrace: 'millrace', '@millrace/testing': 'testing', '@millrace/kafka': 'kafka' } as const

const SETTINGS = {
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable', 'esnext.collection'],
    module: 'nodenext',
    moduleResolution: 'nodenext',
    customConditions: ['millrace-source'],
    allowImportingTsExtensions: true,
    types: ['node'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['*.ts'],
}

/** What does not compile, as `path:line: message`; empty if all is well. */
export async function compileExamples(examples: readonly Example[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-examples-'))
  try {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    cpSync(join(root, 'scripts/docs/preambles'), join(folder, 'preambles'), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(SETTINGS))
    const exported = Object.entries(PACKAGES).map(
      ([name, at]) => [name, exportsOf(`packages/${at}/src/index.ts`)] as const,
    )
    for (const [index, example] of examples.entries()) {
      const preamble = [
        `./preambles/${example.preamble}.ts`,
        exportsOf(`scripts/docs/preambles/${example.preamble}.ts`),
      ] as const
      const imports = importLine(example.code, [preamble, ...exported])
      writeFileSync(join(folder, `${index}.ts`), `${imports}\n${example.code}\nexport {}\n`)
    }
    const compiler = join(root, 'node_modules/typescript7/bin/tsc')
    const { code, output } = await run('node', [compiler, '-p', join(folder, 'tsconfig.json'), '--pretty', 'false'])
    if (code === 0) return []
    // What is wrong in the sources themselves is for `npm run check -- types` to say.
    const messages = output
      .trim()
      .split('\n')
      .filter((line) => !/(^|\/)packages\/[^(]*\(/.test(line))
    return messages.map((line) => placed(line, examples))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Names come from the first module that has them. */
function importLine(
  code: string,
  modules: readonly (readonly [name: string, exported: ReadonlySet<string>])[],
): string {
  const { used, declared } = namesIn(code)
  const missing = new Set([...used].filter((name) => !declared.has(name)))
  const parts: string[] = []
  for (const [name, exported] of modules) {
    const taken = [...missing].filter((candidate) => exported.has(candidate))
    for (const candidate of taken) missing.delete(candidate)
    if (taken.length > 0) parts.push(`import { ${taken.join(', ')} } from '${name}';`)
  }
  return parts.join(' ')
}

/** Identifiers that occur in the code, and those that its top level declares or imports. */
function namesIn(code: string): { used: Set<string>; declared: Set<string> } {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.Latest, true)
  const used = new Set<string>()
  const declared = new Set<string>()
  const bind = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) declared.add(name.text)
    else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name)
  }
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) bind(name)
    else if (ts.isImportDeclaration(statement)) {
      const bindings = statement.importClause?.namedBindings
      if (bindings !== undefined && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) bind(name)
    } else if (
      ts.isClassDeclaration(statement) ||
      ts.isFunctionDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement)
    ) {
      if (statement.name !== undefined) declared.add(statement.name.text)
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) used.add(node.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return { used, declared }
}

/** The names that a module exports, by its own text. */
function exportsOf(path: string): Set<string> {
  const file = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.Latest, true)
  const names = new Set<string>()
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement)) {
      const clause = statement.exportClause
      if (clause !== undefined && ts.isNamedExports(clause))
        for (const { name } of clause.elements) names.add(name.text)
      continue
    }
    const exported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (!exported) continue
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) if (ts.isIdentifier(name)) names.add(name.text)
    } else if (
      ts.isInterfaceDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isFunctionDeclaration(statement)
    ) {
      if (statement.name !== undefined) names.add(statement.name.text)
    }
  }
  return names
}

/** A message of the compiler at the place where the reader finds the code. */
function placed(message: string, examples: readonly Example[]): string {
  const match = /(?:^|\/)(\d+)\.ts\((\d+),\d+\): (.*)$/.exec(message)
  const example = match === null ? undefined : examples[Number(match[1])]
  if (match === null || example === undefined) return message
  return `${example.path}:${example.line + Number(match[2]) - 2}: ${match[3]}`
}
