/**
 * `npm run build`: compiles every package to dist/ (ES modules, declarations, source maps), then runs publint on each. Ends with
 * `N passed, N failed`, one count a package and step. `npm run build -- millrace kafka` builds only those folders and what they
 * depend on.
 *
 * Compiles without the source condition: a package sees the others' built declarations, as its users will, so the order of the
 * table in packages.ts matters.
 */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rewriteSpecifiers } from './build/specifiers.ts'
import { run } from './command.ts'
import { type PublishedPackage, packages } from './packages.ts'
import { filesBelow, root } from './repository.ts'

const compiler = join(root, 'node_modules/typescript7/bin/tsc')

async function compile(item: PublishedPackage): Promise<string[]> {
  const folder = join(root, 'packages', item.folder)
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const project = join(folder, 'tsconfig.build.json')
  const settings = {
    extends: '../../tsconfig.json',
    compilerOptions: {
      noEmit: false,
      rootDir: 'src',
      outDir: 'dist',
      customConditions: [],
      sourceMap: true,
      declarationMap: true,
      noEmitOnError: true,
    },
    include: ['src/**/*.ts'],
    exclude: ['src/**/*.test.ts', 'src/**/*.test-d.ts', 'src/**/fixtures/**'],
  }
  writeFileSync(project, JSON.stringify(settings))
  try {
    const { code, output } = await run('node', [compiler, '-p', project, '--pretty', 'false'])
    if (code !== 0) return output.trim().split('\n')
  } finally {
    rmSync(project)
  }
  const emitted = filesIn(item).filter((path) => /\.(js|d\.ts)$/.test(path))
  return rewriteSpecifiers(emitted.map((path) => join(root, path)))
}

/** dist is on the list of folders that source checks pass over, so the walk starts inside it. */
function filesIn(item: PublishedPackage): string[] {
  return filesBelow(`packages/${item.folder}/dist`, [''])
}

async function lintPackage(item: PublishedPackage): Promise<string[]> {
  const { code, output } = await run('publint', [
    'run',
    join(root, 'packages', item.folder),
    '--strict',
    '--pack',
    'npm',
  ])
  return code === 0 ? [] : output.trim().split('\n')
}

/** Folders of the packages that one depends on. */
function neededBy(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>
  }
  return packages.filter(({ name }) => manifest.dependencies?.[name] !== undefined).map((item) => item.folder)
}

const chosen = process.argv.slice(2)
const wanted = new Set(['millrace', ...chosen])
// Those come last in the table that need others.
for (const { folder } of packages.toReversed()) {
  if (wanted.has(folder)) for (const needed of neededBy(folder)) wanted.add(needed)
}
const selected = packages.filter(({ folder }) => chosen.length === 0 || wanted.has(folder))
let passed = 0
let failed = 0
const count = (what: string, problems: readonly string[]): boolean => {
  console.log(`${problems.length === 0 ? 'ok  ' : 'FAIL'} ${what}`)
  if (problems.length > 0) console.log(`${problems.slice(0, 60).join('\n')}\n`)
  if (problems.length === 0) passed += 1
  else failed += 1
  return problems.length === 0
}

for (const item of selected) {
  const entry = join(root, 'packages', item.folder, 'src', Object.values(item.entries)[0]!)
  if (!existsSync(entry)) {
    count(`build ${item.name}`, [`${item.name} has no ${entry.slice(root.length + 1)}`])
    continue
  }
  copyFileSync(join(root, 'LICENSE'), join(root, 'packages', item.folder, 'LICENSE'))
  if (count(`build ${item.name}`, await compile(item))) count(`publint ${item.name}`, await lintPackage(item))
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
