/**
 * `npm run docs`: writes docs/operators.md from the operators' comments and compiles every example that documentation shows.
 * `npm run check -- docs` does the same without writing: a stale page, an operator that does not say what it must, and an example
 * that does not compile are failures.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileExamples } from './docs/compile-examples.ts'
import { findExamples } from './docs/examples.ts'
import { operatorDocs, operatorReference } from './docs/operator-reference.ts'
import { root } from './repository.ts'

const PAGE = 'docs/operators.md'

/** @param checkOnly do not write the page, but say if it is stale */
export async function syncDocs(checkOnly: boolean): Promise<{ problems: string[]; summary: string }> {
  const { docs, problems } = operatorDocs()
  const page = operatorReference(docs)
  const path = join(root, PAGE)
  const stale = !existsSync(path) || readFileSync(path, 'utf8') !== page
  if (stale && checkOnly) problems.push(`${PAGE} is not what the operators' comments say: npm run docs`)
  if (stale && !checkOnly) writeFileSync(path, page)
  const examples = findExamples()
  problems.push(...(await compileExamples(examples)))
  return { problems, summary: `${docs.length} operators, ${examples.length} examples compiled` }
}

if (import.meta.main) {
  const { problems, summary } = await syncDocs(false)
  for (const problem of problems) console.error(problem)
  console.log(`${PAGE}: ${summary}, ${problems.length} problems`)
  process.exitCode = problems.length > 0 ? 1 : 0
}
