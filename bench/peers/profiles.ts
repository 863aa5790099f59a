/**
 * The profiles: what the options of a bench are for each thing that is to be shown. A variant is a bench of its own, in a
 * table of its own; what the command line says goes before both.
 */

import type { BenchOptions } from './bench-options.ts'

export interface Profile {
  /** In one line, with how long it takes on two cores that do nothing else. */
  readonly about: string
  readonly defaults: Partial<BenchOptions>
  readonly variants: readonly Partial<BenchOptions>[]
}

export type ProfileName =
  | 'claim'
  | 'equal-updates'
  | 'exactly-once'
  | 'caches-off'
  | 'nexmark'
  | 'batches'
  | 'scaling'
  | 'threads'

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  claim: {
    about: "the README's claim: p1 to p8, 3 rounds of Millrace and Kafka Streams, the other peers once; 90 minutes",
    defaults: {
      peers: ['millrace', 'kafka-streams', 'kafkajs', 'quix', 'bytewax'],
      repeats: 3,
      othersOnce: true,
      slowRecords: 200_000,
    },
    variants: [{}],
  },
  'equal-updates': {
    about: 'p2 and p6, Millrace committing so much more often that it writes as many updates; 3 rounds, 10 minutes',
    defaults: { repeats: 3 },
    variants: [
      { pipelines: ['p2'], ownCommitMs: 500 },
      { pipelines: ['p6'], ownCommitMs: 450 },
    ],
  },
  'exactly-once': {
    about: 'p1 to p8 exactly once, commit every 100 ms and every second; 1 round, 40 minutes',
    defaults: { guarantee: 'exactly_once', repeats: 1 },
    variants: [{ commitMs: 100 }, { commitMs: 1000 }],
  },
  'caches-off': {
    about: 'the pipelines with state, record caches off; 1 round, 30 minutes',
    defaults: { pipelines: ['p2', 'p2l', 'p3', 'p4', 'p5', 'p6', 'p7', 'p8'], cacheBytes: 0, repeats: 1 },
    variants: [{}],
  },
  nexmark: {
    about: 'the queries of Nexmark; 1 round, 30 minutes',
    defaults: { pipelines: ['q0', 'q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8', 'q11', 'q12'], repeats: 1 },
    variants: [{}],
  },
  batches: {
    about: 'p1 and p2, 1 M records that come in batches of 1, 10 and 1,000; 15 minutes',
    defaults: { pipelines: ['p1', 'p2'], records: 1_000_000 },
    variants: [{ batchRecords: 1 }, { batchRecords: 10 }, { batchRecords: 1000 }],
  },
  scaling: {
    about:
      'p2 with 10 k, 1 M and 10 M keys, then with 4, 64 and 256 partitions; memory a million keys; 1 round, 30 minutes',
    defaults: { pipelines: ['p2'], repeats: 1, limitSeconds: 1200 },
    variants: [
      { keys: 10_000 },
      { keys: 1_000_000 },
      { keys: 10_000_000, records: 20_000_000 },
      { partitions: 4 },
      { partitions: 64 },
      { partitions: 256 },
    ],
  },
  threads: {
    about: 'p1, p2 and p3 on 1 and on 2 threads; 1 round, 10 minutes',
    defaults: { pipelines: ['p1', 'p2', 'p3'], repeats: 1 },
    variants: [{ threads: 1 }, { threads: 2 }],
  },
}
