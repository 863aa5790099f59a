/** The state stores a run asks for by name: `memory`, or a store package of this repository that has what it takes. */

import type { ByteStoreFactory } from 'millrace/state'

/** @throws Error if there is no such package, or it exports no factory of its name. */
export async function openStateStores(name: string): Promise<ByteStoreFactory | undefined> {
  if (name === 'memory') return undefined
  const refused = (why: string): Error => new Error(`--store ${name}: ${why}; use --store memory`)
  let module: Record<string, unknown>
  try {
    module = await import(`@millrace/${name}`)
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error))
  }
  const factory = module[`${name}Stores`]
  if (typeof factory !== 'function') throw refused(`@millrace/${name} exports no function ${name}Stores`)
  return factory() as ByteStoreFactory
}
