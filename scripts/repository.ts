/**
 * Where the repository is and which files it has, for every script of this folder.
 *
 * Knows paths only. Lists what is on disk below the workspace folders, never node_modules or build output, so a check sees
 * files that are not committed yet as well.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'

/** The repository's root, absolute. */
export const root: string = resolve(import.meta.dirname, '..')

const ignored = new Set(['node_modules', 'dist', 'target', 'coverage', 'cases', '.tmp'])

/** Files below `folder` (relative to the root) whose name ends with one of `endings`; paths relative to the root, with '/'. */
export function filesBelow(folder: string, endings: readonly string[]): string[] {
  const start = join(root, folder)
  if (!existsSync(start)) return []
  const found: string[] = []
  const walk = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) {
        if (!ignored.has(entry.name)) walk(path)
      } else if (endings.some((ending) => entry.name.endsWith(ending))) {
        found.push(relative(root, path).split(sep).join('/'))
      }
    }
  }
  walk(start)
  return found.sort()
}

/** Every TypeScript file people write here, by workspace folder. */
export function sourceFiles(): string[] {
  return ['packages', 'examples', 'test', 'bench', 'docs', 'scripts'].flatMap((folder) =>
    filesBelow(folder, ['.ts', '.mts', '.mjs']),
  )
}

/** True for tests and what only tests load. */
export function isTest(path: string): boolean {
  return (
    /\.(test|test-d|property\.test)\.ts$/.test(path) ||
    path.startsWith('test/') ||
    /(^|\/)(fixtures|__fixtures__)\//.test(path)
  )
}

/** True for the code that users install: sources of packages, tests aside. */
export function isShipped(path: string): boolean {
  return /^packages\/[^/]+\/src\//.test(path) && !isTest(path)
}
