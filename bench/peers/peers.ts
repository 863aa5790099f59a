/**
 * The peers there are. Each is built or installed by its own `prepare`, by nothing else.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { kafkaStreams } from './kafka-streams/peer.ts'
import type { Peer } from './peer.ts'
import { PIPELINES } from './pipelines.ts'
import { pythonPeer } from './python-peer.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
/** Node's heap limit, the JVM's is the same, and a young generation that does not take more memory than it is worth. */
const NODE_HEAP = ['--max-old-space-size=1024', '--max-semi-space-size=16']

function versionIn(manifest: string): string {
  return (JSON.parse(readFileSync(`${here}${manifest}`, 'utf8')) as { version: string }).version
}

/** A peer that is a TypeScript file run by this Node. */
function nodePeer(name: string, program: string, version: string, pipelines: readonly string[], full: boolean): Peer {
  const flags = [
    '--conditions=millrace-source',
    ...NODE_HEAP,
    ...(process.env.BENCH_NODE_FLAGS?.split(' ').filter(Boolean) ?? []),
  ]
  return {
    name,
    version,
    pipelines,
    slow: [],
    full,
    progress: 'group',
    ownPartitions: [],
    prepare: async () => {},
    command: (run) => ({
      program: process.execPath,
      parameters: [...flags, `${here}${program}`, JSON.stringify(run)],
      environment: { NODE_ENV: 'production' },
    }),
  }
}

const ALL = PIPELINES.map(({ name }) => name)

export const PEERS: readonly Peer[] = [
  nodePeer('millrace', 'millrace/program.ts', versionIn('../../packages/millrace/package.json'), ALL, true),
  kafkaStreams(ALL),
  nodePeer('kafkajs', 'kafkajs/program.ts', versionIn('../../node_modules/kafkajs/package.json'), ['p1', 'p2'], false),
  pythonPeer({
    name: 'quix',
    distribution: 'quixstreams',
    pipelines: ['p1', 'p2', 'p2l', 'p3', 'p4', 'p5', 'p6'],
    slow: ['p1', 'p2', 'p2l', 'p3', 'p4', 'p5', 'p6'],
    progress: 'group',
    ownPartitions: ['p3'],
  }),
  pythonPeer({
    name: 'bytewax',
    distribution: 'bytewax',
    pipelines: ['p1', 'p2', 'p2l'],
    slow: ['p1', 'p2', 'p2l'],
    progress: 'said',
    ownPartitions: [],
  }),
]

/** @throws Error listing the names there are. */
export function peerNamed(name: string): Peer {
  const found = PEERS.find((peer) => peer.name === name)
  if (found !== undefined) return found
  throw new Error(`no peer ${name}; there are ${PEERS.map((peer) => peer.name).join(', ')}`)
}
