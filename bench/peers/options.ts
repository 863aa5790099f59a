/** The command line of `npm run bench`. */

import { parseArgs } from 'node:util'
import { PEERS, peerNamed } from './peers.ts'
import { PIPELINES, pipelineNamed } from './pipelines.ts'

export interface BenchOptions {
  readonly pipelines: readonly string[]
  readonly peers: readonly string[]
  readonly guarantee: 'at_least_once' | 'exactly_once_v2'
  readonly threads: number
  readonly repeats: number
  /** Size of the input; pipelines of two inputs read a share of it from each. */
  readonly records: number
  readonly commitMs: number
  readonly cacheBytes: number
  readonly lingerMs: number | undefined
  /** Records in a batch of the input; 0: full batches. */
  readonly batchRecords: number
  readonly store: string | undefined
  /** A run that takes longer is given up, s. */
  readonly limitSeconds: number
  readonly json: string | undefined
  /** Peers that run in the first round only. */
  readonly once: readonly string[]
  /** Events a second for a latency run; undefined: throughput. */
  readonly latency: number | undefined
}

/** What is compared by default. */
const TWINS: readonly string[] = ['millrace', 'kafka-streams']

const GUARANTEES: Readonly<Record<string, BenchOptions['guarantee']>> = {
  at_least_once: 'at_least_once',
  exactly_once: 'exactly_once_v2',
  exactly_once_v2: 'exactly_once_v2',
}

export const USAGE: string = `npm run bench -- [options]
  --pipelines p1,p2     default all: ${PIPELINES.map(({ name }) => name).join(',')}
  --peers a,b           default millrace,kafka-streams
  --guarantee G         at_least_once (default) or exactly_once_v2
  --threads N           default 1
  --repeats N           default 3
  --records N           size of the input, default 5,000,000
  --commit MS           commit interval, default 1000
  --cache BYTES         record cache, default 10 MiB; 0 is off
  --linger MS           producer linger, default each peer's own (100 for both Millrace and Kafka Streams)
  --batch-records N     records in a batch of the input, default as many as fit 128 KB
  --store NAME          Millrace's byte stores: memory, rocksdb, lmdb; default Millrace's own
  --limit S             give a run up after this, default 600
  --json FILE           write the results as JSON
  --profile claim       the README's claim: all pipelines, 3 rounds of Millrace and Kafka Streams, the other peers once
  --latency RATE        instead: end-to-end latency of p1 and p2 at RATE events a second
  --report [FILE]       draw the results in FILE (default bench/peers/results.json) into bench/README.md`

/** @throws Error that says which option is wrong. */
export function parseOptions(parameters: readonly string[]): BenchOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      pipelines: text,
      peers: text,
      guarantee: text,
      threads: text,
      repeats: text,
      records: text,
      commit: text,
      cache: text,
      linger: text,
      'batch-records': text,
      store: text,
      limit: text,
      json: text,
      profile: text,
      latency: text,
    },
  })
  if (values.profile !== undefined && values.profile !== 'claim') throw new Error('--profile is claim')
  const claim = values.profile === 'claim'
  const guarantee = GUARANTEES[values.guarantee ?? 'at_least_once']
  if (guarantee === undefined) throw new Error(`--guarantee is one of ${Object.keys(GUARANTEES).join(', ')}`)
  return {
    pipelines: (values.pipelines?.split(',') ?? PIPELINES.map(({ name }) => name)).map((n) => pipelineNamed(n).name),
    peers: (values.peers ?? (claim ? PEERS.map(({ name }) => name).join(',') : TWINS.join(',')))
      .split(',')
      .map((name) => peerNamed(name).name),
    guarantee,
    threads: whole('threads', values.threads, 1, 1),
    repeats: whole('repeats', values.repeats, 3, 1),
    records: whole('records', values.records, 5_000_000, 1000),
    commitMs: whole('commit', values.commit, 1000, 1),
    cacheBytes: whole('cache', values.cache, 10 * 1024 * 1024, 0),
    lingerMs: values.linger === undefined ? undefined : whole('linger', values.linger, 0, 0),
    batchRecords: whole('batch-records', values['batch-records'], 0, 0),
    store: values.store,
    limitSeconds: whole('limit', values.limit, 600, 1),
    json: values.json,
    once: claim ? PEERS.map(({ name }) => name).filter((name) => !TWINS.includes(name)) : [],
    latency: values.latency === undefined ? undefined : whole('latency', values.latency, 0, 1),
  }
}

function whole(name: string, value: string | undefined, byDefault: number, min: number): number {
  const number = value === undefined ? byDefault : Number(value)
  if (Number.isSafeInteger(number) && number >= min) return number
  throw new Error(`--${name} ${value}: not a whole number of at least ${min}`)
}
