/**
 * A run's topology as a module, for worker threads load it by URL: `topology-module.ts?pipeline=…&inputPrefix=…&output=…`.
 */

import type { BuiltTopology } from 'millrace'
import type { PeerRun } from '../peer.ts'
import { topologyOf } from './topologies.ts'

export function topologyUrl({ pipeline, inputPrefix, output }: PeerRun): URL {
  const url = new URL(import.meta.url)
  url.search = String(new URLSearchParams({ pipeline, inputPrefix, output }))
  return url
}

export default function topology(): BuiltTopology {
  const asked = new URL(import.meta.url).searchParams
  const [pipeline, inputPrefix, output] = ['pipeline', 'inputPrefix', 'output'].map((name) => asked.get(name) ?? '')
  return topologyOf(pipeline, inputPrefix, output)
}
