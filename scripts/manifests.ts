/**
 * Writes the derived part of every packages/<folder>/package.json from the table in packages.ts; with --check it writes nothing
 * and reports the files that differ.
 *
 * Owned by the table: name, description, keywords, exports, bin, files and the other fields below. Owned by hand: version
 * (changesets bumps it) and every kind of dependency.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PublishedPackage, packages } from './packages.ts'
import { root } from './repository.ts'

type Manifest = Record<string, unknown>

const byHand = [
  'dependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'optionalDependencies',
  'devDependencies',
] as const

function built(source: string, ending: string): string {
  return `./dist/${source.replace(/\.ts$/, ending)}`
}

function manifestOf(item: PublishedPackage, current: Manifest): Manifest {
  const exports: Record<string, unknown> = {}
  for (const [subpath, source] of Object.entries(item.entries)) {
    // The source condition comes first: scripts, vitest and tsc of this repository ask for it, nobody else does.
    exports[subpath] = {
      'millrace-source': `./src/${source}`,
      types: built(source, '.d.ts'),
      default: built(source, '.js'),
    }
  }
  exports['./package.json'] = './package.json'
  const manifest: Manifest = {
    name: item.name,
    version: current['version'] ?? '0.1.0',
    description: item.description,
    keywords: item.keywords,
    license: 'Apache-2.0',
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22.22' },
    exports,
  }
  if (item.bin !== undefined) {
    manifest['bin'] = Object.fromEntries(Object.entries(item.bin).map(([name, source]) => [name, built(source, '.js')]))
  }
  // The sources go along: source maps point at them, so a debugger shows what we wrote.
  manifest['files'] = ['dist', 'src', '!src/**/*.test.ts', '!src/**/*.test-d.ts', '!src/**/fixtures']
  if (item.name !== 'millrace') manifest['publishConfig'] = { access: 'public' }
  for (const field of byHand) if (current[field] !== undefined) manifest[field] = current[field]
  return manifest
}

/** The package.json files that are not as the table says, after writing them unless `check`. */
export function syncManifests(check: boolean): string[] {
  const different: string[] = []
  for (const item of packages) {
    const path = join(root, 'packages', item.folder, 'package.json')
    const before = existsSync(path) ? readFileSync(path, 'utf8') : '{}'
    const after = `${JSON.stringify(manifestOf(item, JSON.parse(before) as Manifest), null, 2)}\n`
    if (normalised(before) === normalised(after)) continue
    different.push(`packages/${item.folder}/package.json`)
    if (!check) writeFileSync(path, after)
  }
  return different
}

/** The formatter may lay the same JSON out differently: only content and order count. */
function normalised(json: string): string {
  return JSON.stringify(JSON.parse(json))
}

if (import.meta.main) {
  const check = process.argv.includes('--check')
  const different = syncManifests(check)
  for (const path of different) console.log(`${check ? 'differs from scripts/packages.ts' : 'written'}: ${path}`)
  if (check && different.length > 0) process.exit(1)
}
