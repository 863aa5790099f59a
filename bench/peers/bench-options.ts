/** What a bench is asked for, and by default. */

import { type InputShape, USERS } from './inputs.ts'
import { PIPELINES } from './pipelines.ts'

/** What one run needs to know. */
export interface RunOptions extends InputShape {
  readonly guarantee: 'at_least_once' | 'exactly_once'
  readonly threads: number
  readonly commitMs: number
  /** Millrace's own commit interval where updates instead of intervals are to be equal; undefined: `commitMs`. */
  readonly ownCommitMs: number | undefined
  readonly cacheBytes: number
  readonly lingerMs: number | undefined
  readonly store: string | undefined
  /** A run that takes longer is given up, s. */
  readonly limitSeconds: number
}

export interface BenchOptions extends RunOptions {
  readonly pipelines: readonly string[]
  readonly peers: readonly string[]
  readonly repeats: number
  /** Millrace and Kafka Streams run `repeats` times, the others once. */
  readonly othersOnce: boolean
  /** Input of peers that are slow on a pipeline; undefined: all of it. */
  readonly slowRecords: number | undefined
}

/** What is compared by default, and runs in every round. */
export const TWINS: readonly string[] = ['millrace', 'kafka-streams']

export const DEFAULTS: BenchOptions = {
  pipelines: PIPELINES.filter(({ group }) => group === 'own').map(({ name }) => name),
  peers: TWINS,
  guarantee: 'at_least_once',
  threads: 1,
  repeats: 3,
  othersOnce: false,
  slowRecords: undefined,
  records: 5_000_000,
  partitions: 4,
  keys: USERS,
  commitMs: 1000,
  ownCommitMs: undefined,
  cacheBytes: 10 * 1024 * 1024,
  lingerMs: undefined,
  batchRecords: 0,
  store: undefined,
  limitSeconds: 900,
}
