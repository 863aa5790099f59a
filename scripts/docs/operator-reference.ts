/**
 * docs/operators.md from the operators' own files: the comment at the head of each (title, meaning, nulls, late and
 * out-of-order, timestamp) and the comments of its functions with their examples. What an operator file must say is held here.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { filesBelow, isTest, root } from '../repository.ts'

const LABELS = ['Meaning', 'Nulls', 'Late and out-of-order', 'Timestamp'] as const

/** By what an operator starts from: the type of its function's first parameter. */
const CHAPTERS: readonly (readonly [title: string, from: RegExp])[] = [
  ['Sources and stores', /^Graph$/],
  ['Streams', /^StreamHandle/],
  ['Groups and windows', /^(Grouped|Windowed|Cogrouped)|Groupable/],
  ['Tables', /^TableHandle/],
]
const JOINS = 'Joins'
const ORDER = ['Sources and stores', 'Streams', 'Groups and windows', 'Tables', JOINS]

export interface OperatorDoc {
  readonly path: string
  readonly chapter: string
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly functions: readonly { readonly text: string; readonly throws: readonly string[]; readonly example: string }[]
}

/** Every operator: a file of operators/ whose function the DSL calls with a handle or with the graph. */
export function operatorDocs(): { docs: OperatorDoc[]; problems: string[] } {
  const problems: string[] = []
  const dsl = filesBelow('packages/millrace/src/dsl', ['.ts']).filter((path) => !isTest(path))
  const called = new Set(dsl.flatMap((path) => [...calledOperators(readFileSync(join(root, path), 'utf8'))]))
  const docs: OperatorDoc[] = []
  for (const name of [...called].sort()) {
    const path = `packages/millrace/src/operators/${name}`
    const doc = docOf(path, problems)
    if (doc !== undefined) docs.push(doc)
  }
  return { docs, problems }
}

/** Files of operators/ from which a façade imports more than types. */
function calledOperators(text: string): Set<string> {
  const imports = text.matchAll(/^import \{([^}]*)\} from '\.\.\/operators\/([^']+)'/gm)
  return new Set(
    [...imports]
      .filter(([, names]) => names.split(',').some((n) => n.trim() !== '' && !/^\s*type /.test(n)))
      .map((m) => m[2]),
  )
}

function docOf(path: string, problems: string[]): OperatorDoc | undefined {
  const text = readFileSync(join(root, path), 'utf8')
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const exported = file.statements
    .filter(ts.isFunctionDeclaration)
    .filter((statement) => ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
  const chapter = exported
    .map((statement) => chapterOf(path, statement.parameters[0]?.type?.getText()))
    .find((found) => found !== undefined)
  if (chapter === undefined) return undefined
  const [title, ...paragraphs] = plain(/^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? '').split('\n\n')
  for (const label of LABELS) {
    if (!paragraphs.some((paragraph) => paragraph.startsWith(`${label}:`)))
      problems.push(`${path}: its head comment has no paragraph "${label}: …"`)
  }
  if (!title.startsWith('`'))
    problems.push(`${path}: its head comment must begin with the operator's name, as \`filter\``)
  const functions = exported.flatMap((statement) => functionDoc(statement))
  if (functions.length === 0) problems.push(`${path}: none of its functions has an @example`)
  return {
    path,
    chapter,
    title: title.replaceAll('\n', ' '),
    paragraphs: paragraphs.map((p) => p.replaceAll('\n', ' ')),
    functions,
  }
}

function chapterOf(path: string, from: string | undefined): string | undefined {
  const chapter = CHAPTERS.find(([, pattern]) => from !== undefined && pattern.test(from))?.[0]
  return chapter !== undefined && /-join\.ts$/.test(path) ? JOINS : chapter
}

function functionDoc(statement: ts.FunctionDeclaration): OperatorDoc['functions'] {
  const comment = ts.getLeadingCommentRanges(statement.getSourceFile().text, statement.pos)?.at(-1)
  if (comment === undefined) return []
  const text = plain(statement.getSourceFile().text.slice(comment.pos + 3, comment.end - 2))
  const [head, ...tags] = text.split(/^@/m)
  const example = tags
    .find((tag) => tag.startsWith('example\n'))
    ?.slice('example\n'.length)
    .trimEnd()
  if (example === undefined) return []
  const throws = tags
    .filter((tag) => tag.startsWith('throws '))
    .map((tag) => tag.slice('throws '.length).trim().replaceAll('\n', ' '))
  return [{ text: head.trim().replaceAll('\n', ' '), throws, example }]
}

/** A comment's text without its stars. */
function plain(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim()
}

/** The page. */
export function operatorReference(docs: readonly OperatorDoc[]): string {
  const out = [
    '# Operators',
    '',
    'Generated from the comments of `packages/millrace/src/operators` by `npm run docs`: change them there. Every example is',
    'compiled. What all operators share: callbacks take `(value, key)`, must not change what they are given, and may give',
    'undefined for null; every dropped record is counted by operator and reason.',
  ]
  for (const chapter of ORDER) {
    out.push('', `## ${chapter}`)
    for (const doc of docs.filter((candidate) => candidate.chapter === chapter)) {
      out.push('', `### ${doc.title}`)
      for (const paragraph of doc.paragraphs) out.push('', paragraph.replace(/^([A-Z][\w -]*): /, '**$1:** '))
      for (const { text, throws, example } of doc.functions) {
        out.push('', text.replace(/\bAs `(\w+)`/, 'As above'))
        if (throws.length > 0) out.push('', `Throws ${throws.join('; ')}.`)
        out.push('', '```ts', example, '```')
      }
      out.push('', `[Source](../${doc.path})`)
    }
  }
  return `${out.join('\n')}\n`
}
