/**
 * The one schema of an app's configuration. Every option of a StreamsApp is here and nowhere else.
 */

import type { Serde } from '../record/serde.ts'
import { choiceOption, integerOption, type Option, objectOption, textOption } from './option.ts'

/** A pino-shaped logger. */
export interface Logger {
  debug(details: object, message: string): void
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

const SILENT: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Fail the app, skip the record, or skip it and write it to the dead letter topic. Always counted. */
export type ErrorAnswer = 'fail' | 'continue' | 'dead-letter'

export type ErrorPolicy = ErrorAnswer | ((error: Error) => ErrorAnswer)

/** Also for errors that may pass: the tasks start over from what is committed, until `task.timeout.ms` is over. */
export type ProductionAnswer = ErrorAnswer | 'retry'

export type ProductionPolicy = ErrorAnswer | ((error: Error) => ProductionAnswer)

/**
 * What happens when a thread ends by an error (KIP-671): another takes its place, this app shuts down, or every instance of
 * the application does. Ending the process is up to the function.
 */
export type UncaughtExceptionAnswer = 'replace-thread' | 'shutdown-client' | 'shutdown-application'

export type UncaughtExceptionPolicy = UncaughtExceptionAnswer | ((error: Error) => UncaughtExceptionAnswer)

const UNCAUGHT_ANSWERS: readonly unknown[] = ['replace-thread', 'shutdown-client', 'shutdown-application']

const isPolicy = (value: unknown): boolean =>
  value === 'fail' || value === 'continue' || value === 'dead-letter' || typeof value === 'function'
const isObjectWith =
  (...methods: string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function')

const policy = (kafkaName: string, doc: string): Option<ErrorPolicy> =>
  objectOption({
    kafkaName,
    doc,
    default: 'fail',
    type: "'fail' | 'continue' | 'dead-letter' | (error) => one of these",
    test: isPolicy,
  })

/** A full configuration: what `resolveConfig` gives. Meaning, default and Kafka's name of each option: `streamsSchema`. */
export interface StreamsConfig {
  readonly applicationId: string
  readonly clientId: string | undefined
  readonly processingGuarantee: 'at_least_once' | 'exactly_once_v2'
  readonly threads: number
  readonly commitIntervalMs: number
  readonly cacheMaxBytes: number
  readonly uncommittedMaxBytes: number
  readonly bufferedRecordsPerPartition: number
  readonly maxTaskIdleMs: number
  readonly pollMs: number
  readonly emitIntervalMs: number
  readonly repartitionPurgeIntervalMs: number
  readonly autoOffsetReset: 'earliest' | 'latest' | 'none'
  readonly replicationFactor: number
  readonly windowStoreAdditionalRetentionMs: number
  readonly stateDir: string
  readonly stateCleanupDelayMs: number
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  readonly rebalanceTimeoutMs: number
  readonly instanceId: string | undefined
  readonly numStandbyReplicas: number
  readonly acceptableRecoveryLag: number
  readonly maxWarmupReplicas: number
  readonly probingRebalanceIntervalMs: number
  readonly clientTags: Readonly<Record<string, string>>
  readonly rackAwareAssignmentTags: readonly string[]
  readonly batchSize: number
  readonly maxRequestSize: number
  readonly taskTimeoutMs: number
  readonly lingerMs: number
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  readonly transactionTimeoutMs: number
  readonly defaultKeySerde: Serde<unknown>
  readonly defaultValueSerde: Serde<unknown>
  readonly deserializationExceptionHandler: ErrorPolicy
  readonly processingExceptionHandler: ErrorPolicy
  readonly productionExceptionHandler: ProductionPolicy
  readonly deadLetterTopic: string | undefined
  readonly uncaughtExceptionHandler: UncaughtExceptionPolicy
  readonly logger: Logger
}

/** What a user may set: all but the application id has a default. */
export type StreamsOptions = Partial<StreamsConfig> & Pick<StreamsConfig, 'applicationId'>

export const streamsSchema: { readonly [K in keyof StreamsConfig]: Option<NonNullable<StreamsConfig[K]>> } = {
  applicationId: textOption({
    kafkaName: 'application.id',
    doc: 'Names the consumer group and prefixes internal topics. The same for all instances of an app.',
    required: true,
    pattern: /^[a-zA-Z0-9._-]+$/,
    patternDoc: 'may hold only letters, digits, dots, underscores and dashes (it becomes part of topic names)',
  }),
  clientId: textOption({
    kafkaName: 'client.id',
    doc: 'Prefix of client ids. Default: application id and a random id.',
  }),
  processingGuarantee: choiceOption({
    kafkaName: 'processing.guarantee',
    doc: 'exactly_once_v2 commits state, output and offsets in one transaction.',
    choices: ['at_least_once', 'exactly_once_v2'],
    default: 'at_least_once',
  }),
  threads: integerOption({
    kafkaName: 'num.stream.threads',
    doc: 'Worker threads of this instance. More than 1 needs the topology as the URL of a module, and a log on Kafka.',
    default: 1,
    min: 1,
  }),
  commitIntervalMs: integerOption({
    kafkaName: 'commit.interval.ms',
    doc: 'How often progress is committed, ms. Default 30000, or 100 under exactly_once_v2.',
    min: 0,
  }),
  cacheMaxBytes: integerOption({
    kafkaName: 'statestore.cache.max.bytes',
    doc: 'Bytes of the record cache of this instance; 0 turns it off, so that every update is forwarded.',
    default: 10 * 1024 * 1024,
  }),
  uncommittedMaxBytes: integerOption({
    kafkaName: 'statestore.uncommitted.max.bytes',
    doc: 'Bytes of uncommitted state changes after which the worker commits early.',
    default: 64 * 1024 * 1024,
  }),
  bufferedRecordsPerPartition: integerOption({
    kafkaName: 'buffered.records.per.partition',
    doc: 'Records waiting in a partition above which it is not fetched.',
    default: 1000,
    min: 1,
  }),
  maxTaskIdleMs: integerOption({
    kafkaName: 'max.task.idle.ms',
    doc: 'How long a task with an empty input waits for it so that time order holds: 0 only while the log is known to have more, -1 never.',
    default: 0,
    min: -1,
  }),
  pollMs: integerOption({
    kafkaName: 'poll.ms',
    doc: 'How long a worker with nothing to do waits for input, ms.',
    default: 100,
  }),
  emitIntervalMs: integerOption({
    kafkaName: '__emit.interval.ms.kstreams.windowed.aggregation__',
    doc: 'How often, in ms of wall-clock time, results that wait for windows to close are looked for: on-window-close, outer joins.',
    default: 1000,
  }),
  repartitionPurgeIntervalMs: integerOption({
    kafkaName: 'repartition.purge.interval.ms',
    doc: 'How often records of repartition topics that are processed and committed are deleted, ms.',
    default: 30_000,
  }),
  taskTimeoutMs: integerOption({
    kafkaName: 'task.timeout.ms',
    doc: 'How long tasks that start over by errors of the log may go without a commit until that ends their thread, ms; 0: at the first error.',
    default: 300_000,
  }),
  autoOffsetReset: choiceOption({
    kafkaName: 'auto.offset.reset',
    doc: 'Where to start in a topic for which nothing is committed.',
    choices: ['earliest', 'latest', 'none'],
    default: 'earliest',
  }),
  replicationFactor: integerOption({
    kafkaName: 'replication.factor',
    doc: "Replication of internal topics; -1 is the broker's default.",
    default: -1,
    min: -1,
  }),
  windowStoreAdditionalRetentionMs: integerOption({
    kafkaName: 'windowstore.changelog.additional.retention.ms',
    doc: "Added to a window store's retention for its changelog topic, ms.",
    default: 86_400_000,
  }),
  stateDir: textOption({
    kafkaName: 'state.dir',
    doc: 'Folder of persistent stores; each process of an application on one machine needs its own. Default: `millrace` in the system temp folder.',
  }),
  stateCleanupDelayMs: integerOption({
    kafkaName: 'state.cleanup.delay.ms',
    doc: 'How long the state on disk of a task that moved elsewhere is kept, ms: until then a task that comes back restores the tail only.',
    default: 600_000,
  }),
  sessionTimeoutMs: integerOption({
    kafkaName: 'session.timeout.ms',
    doc: 'A worker not heard of for this long is out of the group, ms.',
    default: 45_000,
    min: 1,
  }),
  heartbeatIntervalMs: integerOption({
    kafkaName: 'heartbeat.interval.ms',
    doc: 'ms between heartbeats, and so how long it takes to hear of a rebalance. Default 3000, or a sixth of a session time-out below 18000.',
    min: 1,
  }),
  rebalanceTimeoutMs: integerOption({
    kafkaName: 'max.poll.interval.ms',
    doc: 'How long a rebalance waits for this worker, ms.',
    default: 300_000,
    min: 1,
  }),
  instanceId: textOption({ kafkaName: 'group.instance.id', doc: 'Static membership: a restart keeps its tasks.' }),
  numStandbyReplicas: integerOption({
    kafkaName: 'num.standby.replicas',
    doc: 'Warm copies of each task with state, in other processes, that take over at once.',
    default: 0,
  }),
  acceptableRecoveryLag: integerOption({
    kafkaName: 'acceptable.recovery.lag',
    doc: 'Changelog records that a worker may be behind to be given a task that another has the state of.',
    default: 10_000,
  }),
  maxWarmupReplicas: integerOption({
    kafkaName: 'max.warmup.replicas',
    doc: 'Tasks at a time that are restored elsewhere, beyond the standbys, so that they can move.',
    default: 2,
    min: 1,
  }),
  probingRebalanceIntervalMs: integerOption({
    kafkaName: 'probing.rebalance.interval.ms',
    doc: 'A worker that has caught up asks for the task at once, and again after this time if it did not get it, ms.',
    default: 600_000,
    min: 1,
  }),
  clientTags: objectOption<Readonly<Record<string, string>>>({
    kafkaName: 'client.tag',
    doc: "Where this instance is, e.g. { zone: 'eu-1a' }.",
    default: {},
    type: 'an object of strings',
    test: (value) =>
      typeof value === 'object' && value !== null && Object.values(value).every((tag) => typeof tag === 'string'),
  }),
  rackAwareAssignmentTags: objectOption<readonly string[]>({
    kafkaName: 'rack.aware.assignment.tags',
    doc: "Names of client tags over whose values a task and its standbys are spread, e.g. ['zone'].",
    default: [],
    type: 'an array of names of clientTags',
    test: (value) => Array.isArray(value) && value.every((tag) => typeof tag === 'string'),
  }),
  batchSize: integerOption({
    kafkaName: 'batch.size',
    doc: 'Bytes at which an outgoing batch is sent.',
    default: 256 * 1024,
    min: 1,
  }),
  maxRequestSize: integerOption({
    kafkaName: 'max.request.size',
    doc: 'Bytes of the largest record that may be written; a larger one goes to the production exception handler.',
    default: 1024 * 1024,
    min: 1,
  }),
  lingerMs: integerOption({
    kafkaName: 'linger.ms',
    doc: 'How long output may wait for its batch to fill, ms.',
    default: 100,
  }),
  compression: choiceOption({
    kafkaName: 'compression.type',
    doc: 'Codec of outgoing batches.',
    choices: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    default: 'none',
  }),
  transactionTimeoutMs: integerOption({
    kafkaName: 'transaction.timeout.ms',
    doc: 'ms after which the broker aborts a transaction.',
    default: 10_000,
    min: 1,
  }),
  defaultKeySerde: objectOption<Serde<unknown>>({
    kafkaName: 'default.key.serde',
    doc: 'Serde of keys where none is given or inherited. Default: string().',
    type: 'a Serde',
    test: isObjectWith('encode', 'decode'),
  }),
  defaultValueSerde: objectOption<Serde<unknown>>({
    kafkaName: 'default.value.serde',
    doc: 'Serde of values where none is given or inherited. Default: json().',
    type: 'a Serde',
    test: isObjectWith('encode', 'decode'),
  }),
  deserializationExceptionHandler: policy(
    'deserialization.exception.handler',
    'A record that cannot be decoded: fail, or skip and count it.',
  ),
  processingExceptionHandler: policy(
    'processing.exception.handler',
    'A record whose processing throws: fail, or skip it at that node and count it.',
  ),
  productionExceptionHandler: policy(
    'production.exception.handler',
    'Output that cannot be serialised, is too large or is refused by the log: fail, or drop and count it. Errors that may pass are retried; a function is asked of them too and may answer retry.',
  ),
  deadLetterTopic: textOption({
    kafkaName: 'errors.dead.letter.queue.topic.name',
    doc: "Where records go that a handler answers with 'dead-letter'. It must exist.",
  }),
  uncaughtExceptionHandler: objectOption<UncaughtExceptionPolicy>({
    kafkaName: 'uncaught.exception.handler',
    doc: 'A thread that ended by an error: replace it, shut this app down, or all instances of the application.',
    default: 'shutdown-client',
    type: "'replace-thread' | 'shutdown-client' | 'shutdown-application' | (error) => one of these",
    test: (value) => typeof value === 'function' || UNCAUGHT_ANSWERS.includes(value),
  }),
  logger: objectOption<Logger>({
    kafkaName: 'logger',
    doc: 'A pino-shaped logger. Default: silent.',
    default: SILENT,
    type: 'an object with debug, info, warn and error',
    test: isObjectWith('debug', 'info', 'warn', 'error'),
  }),
}
