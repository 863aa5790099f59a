/**
 * `npm run check`: everything about the sources that a machine can judge without running them. Runs every part even when one
 * fails, prints what failed, ends with `N passed, N failed` and exit code 1 on any failure. `npm run check -- types lint` runs
 * only the parts named.
 */
import { join } from 'node:path'
import { checkFileShape } from './check/file-shape.ts'
import { checkSourceRules } from './check/source-rules.ts'
import { run } from './command.ts'
import { syncManifests } from './manifests.ts'
import { syncDocs } from './operator-docs.ts'
import { root, sourceFiles } from './repository.ts'

interface Outcome {
  readonly ok: boolean
  /** Shown when the part failed. */
  readonly report: string
  /** Shown behind the part's name when it passed. */
  readonly note?: string
}

async function program(command: string, ...args: string[]): Promise<Outcome> {
  const { code, output } = await run(command, args)
  return { ok: code === 0, report: output.trim() }
}

function list(problems: readonly string[], note?: string): Outcome {
  return { ok: problems.length === 0, report: problems.join('\n'), ...(note === undefined ? {} : { note }) }
}

const parts: Readonly<Record<string, () => Outcome | Promise<Outcome>>> = {
  types: () =>
    program('node', join(root, 'node_modules/typescript7/bin/tsc'), '-p', 'tsconfig.json', '--pretty', 'false'),
  lint: () => program('biome', 'check', '--max-diagnostics=200', '--colors=off', '.'),
  imports: () => program('depcruise', '--config', '.dependency-cruiser.mjs', '--output-type', 'err', ...cruised),
  rules: () => list(checkSourceRules(sourceFiles())),
  shape: () => {
    const { problems, summary } = checkFileShape(sourceFiles())
    return list(problems, summary)
  },
  manifests: () =>
    list(syncManifests(true).map((path) => `${path} is not as scripts/packages.ts says: npm run manifests`)),
  docs: async () => {
    const { problems, summary } = await syncDocs(true)
    return list(problems, summary)
  },
}

const cruised = ['packages', 'examples', 'test', 'bench', 'scripts']

const chosen = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in parts))
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)
  process.exit(2)
}

let failed = 0
const names = chosen.length > 0 ? chosen : Object.keys(parts)
for (const name of names) {
  const started = Date.now()
  const { ok, report, note } = await parts[name]!()
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)${note === undefined ? '' : `: ${note}`}`)
  if (ok) continue
  failed += 1
  console.log(`${report}\n`)
}
console.log(`${names.length - failed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
