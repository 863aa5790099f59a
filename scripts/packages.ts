/**
 * The one table of published packages: what each is called, what it is for, which entry points it has.
 *
 * `scripts/manifests.ts` writes the derived part of every packages/<folder>/package.json from it; build, publint, pack test
 * and the import-direction rules read the same table, so a new package or subpath is one entry here. Dependencies are not in
 * the table: they live in each package.json, next to the lock file that pins them.
 * Order matters: a package comes after those whose types it imports, because the build goes through the table from the top.
 */

export interface PublishedPackage {
  /** Folder below packages/. */
  readonly folder: string
  readonly name: string
  readonly description: string
  readonly keywords: readonly string[]
  /** Entry points: subpath in `exports` → source file below src/. */
  readonly entries: Readonly<Record<string, string>>
  /** Programs the package installs: name → source file below src/. */
  readonly bin?: Readonly<Record<string, string>>
}

const root = { '.': 'index.ts' } as const

export const packages: readonly PublishedPackage[] = [
  {
    folder: 'millrace',
    name: 'millrace',
    description: 'Kafka Streams for TypeScript: streams, tables, joins, windows and state on Apache Kafka or in memory',
    keywords: ['kafka', 'kafka-streams', 'stream-processing', 'streaming', 'ktable', 'event-driven', 'typescript'],
    entries: {
      ...root,
      './log': 'log/index.ts',
      './state': 'state/index.ts',
      './operator': 'operator.ts',
      './runtime': 'runtime/index.ts',
    },
  },
  {
    folder: 'testing',
    name: '@millrace/testing',
    description:
      'Test a Millrace topology without a broker (TopologyTestDriver), or start a real one for integration tests',
    keywords: ['kafka', 'kafka-streams', 'testing', 'topology-test-driver', 'millrace'],
    entries: root,
  },
  {
    folder: 'kafka-client',
    name: '@millrace/kafka-client',
    description:
      'What @millrace/kafka and @millrace/kafkajs have in common; install one of them to run Millrace on Apache Kafka',
    keywords: ['kafka', 'kafka-streams', 'stream-processing', 'millrace'],
    entries: root,
  },
  {
    folder: 'kafka',
    name: '@millrace/kafka',
    description: 'Run Millrace on Apache Kafka: its log adapter on the connections of @platformatic/kafka',
    keywords: ['kafka', 'kafka-streams', 'stream-processing', 'millrace'],
    entries: root,
  },
  {
    folder: 'kafkajs',
    name: '@millrace/kafkajs',
    description: 'Run Millrace on Apache Kafka through kafkajs',
    keywords: ['kafka', 'kafkajs', 'kafka-streams', 'stream-processing', 'millrace'],
    entries: root,
  },
  {
    folder: 'rocksdb',
    name: '@millrace/rocksdb',
    description: 'Keep the state of a Millrace application in RocksDB',
    keywords: ['rocksdb', 'kafka-streams', 'state-store', 'millrace'],
    entries: root,
  },
  {
    folder: 'lmdb',
    name: '@millrace/lmdb',
    description: 'Keep the state of a Millrace application in LMDB',
    keywords: ['lmdb', 'kafka-streams', 'state-store', 'millrace'],
    entries: root,
  },
  {
    folder: 'patterns',
    name: '@millrace/patterns',
    description: 'Detect patterns of events in a Millrace stream (complex event processing)',
    keywords: ['complex-event-processing', 'cep', 'patterns', 'kafka-streams', 'stream-processing', 'millrace'],
    entries: root,
  },
]
