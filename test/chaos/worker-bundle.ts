/**
 * The worker's code as few files: a process loads them for a third of what the sources cost (0.37 s of CPU instead of 1.0), and
 * a run loads one for each kill. What is bundled is the sources as they are; packages of others stay outside, save the one
 * whose classes we never use compile schemas when they are loaded.
 *
 * The folder is below node_modules, so that what stays outside is found.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const ENTRY = fileURLToPath(new URL('./worker.ts', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/millrace', import.meta.url))
const PLATFORMATIC = '@platformatic/kafka'
const BUNDLED = new RegExp(`^([./#]|millrace$|millrace/|@millrace/|${PLATFORMATIC}$)`)

export interface WorkerBundle {
  /** What a process is started with. */
  readonly script: string
  remove(): void
}

/** @throws Error if the sources do not bundle. */
export async function bundleWorker(): Promise<WorkerBundle> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'chaos-'))
  const build = await rolldown({
    input: ENTRY,
    platform: 'node',
    external: (id) => !BUNDLED.test(id),
    resolve: { conditionNames: ['millrace-source', 'import', 'node'] },
    // Without this its clients, which nobody here imports, stay for what they do when loaded.
    treeshake: { moduleSideEffects: (id) => !id.includes(`/node_modules/${PLATFORMATIC}/`) },
    logLevel: 'silent',
  })
  try {
    await build.write({ dir: folder, format: 'esm' })
  } finally {
    await build.close()
  }
  return { script: join(folder, 'worker.js'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}
