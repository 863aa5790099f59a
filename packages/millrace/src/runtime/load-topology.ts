/**
 * A topology to run: built already, or the URL of a module that exports one as `topology` or as its default (a value or a
 * function that builds it). Worker processes and threads take the URL, since closures cannot travel.
 */

import type { BuiltTopology } from '../plan/built-topology.ts'
import { ConfigError } from '../record/errors.ts'

export async function loadTopology(topology: BuiltTopology | URL | string): Promise<BuiltTopology> {
  if (typeof topology !== 'string' && !(topology instanceof URL)) return topology
  const module = (await import(String(topology))) as Record<string, unknown>
  const exported = module.topology ?? module.default
  const built = typeof exported === 'function' ? await exported() : exported
  if (isTopology(built)) return built
  throw new ConfigError([
    `The module ${topology} exports no topology. Export the result of builder.build(), or a function that returns it, as ` +
      '`topology` or as the default export.',
  ])
}

function isTopology(value: unknown): value is BuiltTopology {
  return typeof value === 'object' && value !== null && 'subtopologies' in value && 'describe' in value
}
