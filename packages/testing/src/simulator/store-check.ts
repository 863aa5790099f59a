/**
 * Stores against their changelogs: what workers hold, in active tasks and in standbys, must equal what a fresh process
 * restores, byte for byte; no task may be active in two places, and each has as many standbys as there should be.
 */

import { type BuiltTopology, type MemoryLog, StreamsApp, type StreamsOptions } from 'millrace'
import { ProcessClock } from './process-clock.ts'
import type { Random } from './random.ts'
import { SimDisk } from './sim-disk.ts'
import type { VirtualTime } from './virtual-time.ts'

type Stores = Map<string, Map<string, string>>

export interface RebuildOptions {
  readonly time: VirtualTime
  readonly random: Random
  readonly log: MemoryLog
  readonly topology: BuiltTopology
  readonly config: StreamsOptions
}

/** Restores everything from the changelogs on an empty disk. */
export async function rebuiltStores({ time, random, log, topology, config }: RebuildOptions): Promise<Stores> {
  const disk = new SimDisk(random.fork())
  const clock = new ProcessClock(time, random.fork())
  const app = new StreamsApp(topology, { ...config, log: log.connect({ clock }), stateStores: disk })
  await app.start()
  for (let waited = 0; app.state !== 'running' && waited < 20_000; waited += 50) await time.wait(50)
  const stores = disk.openStores()
  await app.close({ timeoutMs: 5_000 })
  return stores
}

export function differingStores(held: readonly Stores[], rebuilt: Stores): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const stores of held) {
    for (const [path, content] of stores) {
      seen.add(path)
      const difference = firstDifference(content, rebuilt.get(path) ?? new Map())
      if (difference !== undefined) problems.push(`store ${path} differs from its changelog: ${difference}`)
    }
  }
  for (const path of rebuilt.keys()) if (!seen.has(path)) problems.push(`store ${path} is open nowhere`)
  return problems
}

type Threads = ReturnType<StreamsApp['metadataForLocalThreads']>

/** @param processes the threads of each process @param held the stores each has open */
export function misplacedTasks(processes: readonly Threads[], held: readonly Stores[], standbys: number): string[] {
  const problems: string[] = []
  const active = processes.flat().flatMap(({ activeTasks }) => activeTasks.map(({ taskId }) => taskId))
  for (const task of new Set(active)) {
    const count = active.filter((name) => name === task).length
    if (count > 1) problems.push(`task ${task} is active in ${count} processes`)
  }
  const copies = new Map<string, number>()
  for (const stores of held) for (const path of stores.keys()) copies.set(path, (copies.get(path) ?? 0) + 1)
  const wanted = Math.min(1 + standbys, processes.length)
  for (const [path, count] of copies) {
    if (count !== wanted) problems.push(`store ${path} is open in ${count} processes instead of ${wanted}`)
  }
  return problems
}

function firstDifference(held: Map<string, string>, rebuilt: Map<string, string>): string | undefined {
  for (const [key, value] of held) {
    if (rebuilt.get(key) !== value) return `${key} is ${value}, rebuilt ${rebuilt.get(key) ?? 'missing'}`
  }
  for (const key of rebuilt.keys()) if (!held.has(key)) return `${key} is missing, rebuilt ${rebuilt.get(key)}`
  return undefined
}
