/**
 * Rules on the shipped sources that the linter has no words for, on the syntax tree: no clock, timer or chance but the injected
 * one; no `any`; and nowhere in the repository a note that work is left over.
 *
 * Syntax only: a rule matches names, so an alias taken at run time would escape. What it finds is always a real use of a global.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { isShipped, root } from '../repository.ts'
import { allowances, exemptFolders, type Rule } from './allowed.ts'

/** Globals, and names people import from node:timers, node:crypto or node:perf_hooks, that must not be mentioned at all. */
const bannedNames = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'performance',
  'randomUUID',
  'randomBytes',
  'randomInt',
  'getRandomValues',
])

const bannedMembers: Readonly<Record<string, ReadonlySet<string>>> = {
  Date: new Set(['now']),
  Math: new Set(['random']),
  process: new Set(['hrtime', 'nextTick', 'uptime']),
  AbortSignal: new Set(['timeout']),
  crypto: new Set(['randomUUID', 'getRandomValues', 'randomBytes', 'randomInt']),
  scheduler: new Set(['wait', 'yield']),
}

const bannedModules = new Set(['timers', 'timers/promises', 'perf_hooks'])

interface Finding {
  readonly rule: Rule | 'leftover'
  readonly line: number
  readonly what: string
}

/** All that breaks a rule in one file's text, exceptions not yet applied. */
export function findings(path: string, text: string): Finding[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
  const found: Finding[] = []
  const report = (rule: Finding['rule'], node: ts.Node, what: string): void => {
    found.push({ rule, line: file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1, what })
  }
  const visit = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) report('any', node, 'the type any')
    const ambient = ambientUse(node)
    if (ambient !== undefined) report('ambient', node, ambient)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return found
}

function ambientUse(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const owner = ownerName(node.expression)
    if (owner !== undefined && bannedMembers[owner]?.has(node.name.text)) return `${owner}.${node.name.text}`
    if (owner === 'globalThis' && bannedNames.has(node.name.text)) return `globalThis.${node.name.text}`
    return undefined
  }
  if (ts.isNewExpression(node) && ownerName(node.expression) === 'Date' && (node.arguments?.length ?? 0) === 0) {
    return 'new Date() without arguments'
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'Date') return 'Date()'
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const module = node.moduleSpecifier.text.replace(/^node:/, '')
    return bannedModules.has(module) && node.importClause?.phaseModifier !== ts.SyntaxKind.TypeKeyword
      ? `import of node:${module}`
      : undefined
  }
  if (ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer !== undefined) {
    const owner = ownerName(node.initializer)
    for (const { name, propertyName } of node.name.elements) {
      const taken = (propertyName ?? name).getText()
      if (owner !== undefined && bannedMembers[owner]?.has(taken)) return `${owner}.${taken}`
    }
  }
  if (ts.isIdentifier(node) && bannedNames.has(node.text) && refersToGlobal(node)) return node.text
  return undefined
}

/** `Date` of `Date` and of `globalThis.Date`. */
function ownerName(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text
  if (ts.isPropertyAccessExpression(node) && ownerName(node.expression) === 'globalThis') return node.name.text
  return undefined
}

/** False where the identifier only names a member, a parameter or a type, as in `clock.setTimeout(…)`. */
function refersToGlobal(node: ts.Identifier): boolean {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) return false
  if (ts.isQualifiedName(parent) || ts.isTypeQueryNode(parent) || ts.isTypeReferenceNode(parent)) return false
  if (ts.isImportSpecifier(parent)) return true
  const named = parent as ts.Node & { name?: ts.Node }
  return named.name !== node
}

function leftovers(text: string): Finding[] {
  return text.split('\n').flatMap((line, index) => {
    const word = /(?:\/\/|\*).*\b(TO[D]O|FIX[M]E|X{3})\b/.exec(line)?.[1]
    return word === undefined ? [] : [{ rule: 'leftover' as const, line: index + 1, what: `a ${word} note` }]
  })
}

const remedy: Readonly<Record<Finding['rule'], string>> = {
  ambient: 'take the injected Clock (packages/millrace/src/record/clock.ts)',
  any: 'say the type, or use unknown',
  leftover: 'do it now, or open an issue',
}

/** The problems of the given files, one line each. */
export function checkSourceRules(paths: readonly string[]): string[] {
  const problems: string[] = []
  const used = new Set<string>()
  for (const path of paths) {
    const text = readFileSync(join(root, path), 'utf8')
    const all = isShipped(path) ? [...findings(path, text), ...leftovers(text)] : leftovers(text)
    for (const { rule, line, what } of all) {
      if (rule === 'ambient' && exemptFolders.some((folder) => path.startsWith(folder.path))) continue
      const allowance = allowances.find((entry) => entry.rule === rule && matches(entry.path, path))
      if (allowance !== undefined) used.add(`${allowance.rule} ${allowance.path}`)
      else problems.push(`${path}:${line}: ${what}: ${remedy[rule]}`)
    }
  }
  for (const entry of allowances) {
    if (used.has(`${entry.rule} ${entry.path}`)) continue
    problems.push(
      `scripts/check/allowed.ts: the exception for ${entry.path} (${entry.rule}) excuses nothing: remove it`,
    )
  }
  return problems
}

function matches(allowed: string, path: string): boolean {
  return allowed.endsWith('/') ? path.startsWith(allowed) : path === allowed
}
