/** The command line of `npm run bench`. */

import { parseArgs } from 'node:util'
import { type BenchOptions, DEFAULTS, type RunOptions, TWINS } from './bench-options.ts'
import { PEERS, peerNamed } from './peers.ts'
import { PIPELINES, pipelinesNamed } from './pipelines.ts'
import { PROFILES, type ProfileName } from './profiles.ts'

export interface BenchCommand {
  readonly profile: ProfileName | undefined
  /** One after the other, in one table each. */
  readonly variants: readonly BenchOptions[]
  readonly json: string | undefined
  /** What is measured instead of throughput; none: throughput. */
  readonly measures: readonly Measure[]
  /** Events a second for the measure of latency. */
  readonly rate: number
}

/** What can be measured but throughput. */
export type Measure = 'latency' | 'rebalance' | 'start-up'

const MEASURES: readonly Measure[] = ['latency', 'rebalance', 'start-up']

const GUARANTEES: Readonly<Record<string, RunOptions['guarantee']>> = {
  at_least_once: 'at_least_once',
  exactly_once: 'exactly_once',
  exactly_once_v2: 'exactly_once',
}

const profiles = Object.entries(PROFILES).map(([name, { about }]) => `                        ${name}: ${about}`)

export const USAGE: string = `npm run bench -- [options]
  --pipelines p1,p2     of ${PIPELINES.map(({ name }) => name).join(',')}; nexmark is all its queries; default p1 to p8
  --peers a,b           of ${PEERS.map(({ name }) => name).join(',')}; default ${TWINS.join(',')}
  --guarantee G         at_least_once (default) or exactly_once
  --threads N           default 1
  --repeats N           default 3
  --records N           size of the input, default 5,000,000
  --partitions N        of input and output, default 4
  --keys N              different keys of the events, default 100,000
  --commit MS           commit interval, default 1000
  --own-commit MS       Millrace's, to write as many updates as Kafka Streams; default the same
  --cache BYTES         record cache, default 10 MiB; 0 is off
  --linger MS           producer linger, default each peer's own (100 for both Millrace and Kafka Streams)
  --batch-records N     records in a batch of the input, default as many as fit 128 KB
  --store NAME          Millrace's byte stores: memory, rocksdb, lmdb; default Millrace's own
  --limit S             give a run up after this, default ${DEFAULTS.limitSeconds}
  --json FILE           write the results as JSON; a profile's default is .tmp/bench/PROFILE.json
  --profile NAME        what the options above are by default:
${profiles.join('\n')}
  --latency RATE        instead: end-to-end latency of p1 and p2 at RATE events a second; 8 minutes
  --measure NAMES       instead, of rebalance (longest silence as workers come and go; 10 minutes) and start-up
  --report [FILES]      draw the results in FILES (default: all in .tmp/bench/) into bench/README.md`

const text = { type: 'string' } as const
const FLAGS = {
  pipelines: text,
  peers: text,
  guarantee: text,
  threads: text,
  repeats: text,
  records: text,
  partitions: text,
  keys: text,
  commit: text,
  'own-commit': text,
  cache: text,
  linger: text,
  'batch-records': text,
  store: text,
  limit: text,
  json: text,
  profile: text,
  latency: text,
  measure: text,
} as const

type Values = { readonly [name in keyof typeof FLAGS]?: string }

/** @throws Error that says which option is wrong. */
export function parseOptions(parameters: readonly string[]): BenchCommand {
  const { values } = parseArgs({ args: [...parameters], options: FLAGS })
  const profile = profileOf(values.profile)
  const given = givenOptions(values)
  const { defaults, variants } = profile === undefined ? { defaults: {}, variants: [{}] } : PROFILES[profile]
  const all = variants.map((variant) => ({ ...DEFAULTS, ...defaults, ...variant, ...given }))
  return {
    profile,
    // What the command line fixes can make variants the same.
    variants: [...new Map(all.map((variant) => [JSON.stringify(variant), variant])).values()],
    json: values.json ?? (profile === undefined ? undefined : `.tmp/bench/${profile}.json`),
    measures: measuresOf(values),
    rate: whole('latency', values.latency, 1) ?? 0,
  }
}

function profileOf(name: string | undefined): ProfileName | undefined {
  if (name === undefined || name in PROFILES) return name as ProfileName | undefined
  throw new Error(`--profile is one of ${Object.keys(PROFILES).join(', ')}, not ${name}`)
}

function measuresOf({ latency, measure }: Values): Measure[] {
  const named = measure?.split(',') ?? []
  const unknown = named.find((name) => !MEASURES.includes(name as Measure) || name === 'latency')
  if (unknown !== undefined) throw new Error(`--measure ${unknown}: there are rebalance and start-up`)
  return [...(latency === undefined ? [] : ['latency' as const]), ...(named as Measure[])]
}

/** Only what was said: what is undefined must not hide a default. */
function givenOptions(values: Values): Partial<BenchOptions> {
  const guarantee = GUARANTEES[values.guarantee ?? 'at_least_once']
  if (guarantee === undefined) throw new Error(`--guarantee is one of ${Object.keys(GUARANTEES).join(', ')}`)
  const all: Partial<BenchOptions> = {
    pipelines: values.pipelines === undefined ? undefined : pipelinesNamed(values.pipelines.split(',')),
    peers: values.peers?.split(',').map((name) => peerNamed(name).name),
    guarantee: values.guarantee === undefined ? undefined : guarantee,
    threads: whole('threads', values.threads, 1),
    repeats: whole('repeats', values.repeats, 1),
    records: whole('records', values.records, 1000),
    partitions: whole('partitions', values.partitions, 1),
    keys: whole('keys', values.keys, 1),
    commitMs: whole('commit', values.commit, 1),
    ownCommitMs: whole('own-commit', values['own-commit'], 1),
    cacheBytes: whole('cache', values.cache, 0),
    lingerMs: whole('linger', values.linger, 0),
    batchRecords: whole('batch-records', values['batch-records'], 0),
    store: values.store,
    limitSeconds: whole('limit', values.limit, 1),
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function whole(name: string, value: string | undefined, min: number): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (Number.isSafeInteger(number) && number >= min) return number
  throw new Error(`--${name} ${value}: not a whole number of at least ${min}`)
}
