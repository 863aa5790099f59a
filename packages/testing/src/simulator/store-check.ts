/**
 * Stores against their changelogs: what workers hold must equal what a fresh process restores, byte for byte, and no task
 * may be open in two places.
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
      if (seen.has(path)) problems.push(`store ${path} is open in two processes`)
      seen.add(path)
      const difference = firstDifference(content, rebuilt.get(path) ?? new Map())
      if (difference !== undefined) problems.push(`store ${path} differs from its changelog: ${difference}`)
    }
  }
  for (const path of rebuilt.keys()) if (!seen.has(path)) problems.push(`store ${path} is open nowhere`)
  return problems
}

function firstDifference(held: Map<string, string>, rebuilt: Map<string, string>): string | undefined {
  for (const [key, value] of held) {
    if (rebuilt.get(key) !== value) return `${key} is ${value}, rebuilt ${rebuilt.get(key) ?? 'missing'}`
  }
  for (const key of rebuilt.keys()) if (!held.has(key)) return `${key} is missing, rebuilt ${rebuilt.get(key)}`
  return undefined
}
