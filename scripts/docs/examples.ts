/**
 * Finds every piece of code that documentation shows: `@example` comments of the core's sources, "ts" blocks of README.md and
 * the guides. Knows where each stands, so that a mistake can be reported there.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesBelow, isTest, root } from '../repository.ts'

export interface Example {
  readonly path: string
  /** Line of the code's first line, from 1. */
  readonly line: number
  readonly code: string
  /** Name of the file in preambles/ that declares what the code talks about. */
  readonly preamble: 'dsl' | 'log' | 'guide'
}

const GUIDES = [
  'README.md',
  'docs/coming-from-kafka-streams.md',
  'docs/patterns.md',
  'docs/running.md',
  'CONTRIBUTING.md',
]

export function findExamples(): Example[] {
  const sources = filesBelow('packages/millrace/src', ['.ts']).filter(
    // A contract's example stands for code of an adapter that does not exist here.
    (path) => !isTest(path) && !path.includes('/contract/'),
  )
  return [...sources.flatMap(examplesOfSource), ...GUIDES.flatMap(blocksOf)]
}

/** The code below an `@example` reaches to the end of the comment, or to the next tag. */
export function examplesOfSource(path: string): Example[] {
  const found: Example[] = []
  const preamble = path.includes('/src/log/') ? 'log' : 'dsl'
  const lines = readFileSync(join(root, path), 'utf8').split('\n')
  for (let at = 0; at < lines.length; at++) {
    if (!/^\s*\* @example\s*$/.test(lines[at])) continue
    const start = at + 1
    const code: string[] = []
    for (at = start; at < lines.length && !/^\s*\*\//.test(lines[at]) && !/^\s*\* @/.test(lines[at]); at++) {
      code.push(lines[at].replace(/^\s*\* ?/, ''))
    }
    at--
    found.push({ path, line: start + 1, code: code.join('\n').trimEnd(), preamble })
  }
  return found
}

function blocksOf(path: string): Example[] {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((match) => ({
    path,
    line: text.slice(0, match.index).split('\n').length + 1,
    code: match[1].trimEnd(),
    preamble: 'guide',
  }))
}
