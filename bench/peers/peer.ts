/**
 * What a peer is to the harness: a command that runs one pipeline until its stdin ends, and says `{"event":"running"}` in a
 * line on stdout when it starts to process. One without a consumer group says also `{"event":"progress","records":N}` now
 * and then, and `{"event":"done"}` when all its output is acknowledged.
 */

/** One run, given to the peer's program as JSON in its only argument. */
export interface PeerRun {
  readonly pipeline: string
  readonly applicationId: string
  readonly brokers: string
  /** What precedes the names of the input topics. */
  readonly inputPrefix: string
  readonly output: string
  readonly guarantee: 'at_least_once' | 'exactly_once_v2'
  readonly threads: number
  readonly commitMs: number
  readonly cacheBytes: number
  /** Producer linger, ms; undefined: the peer's default. */
  readonly lingerMs: number | undefined
  readonly stateDir: string
  /** Millrace: which byte stores; undefined: the default. */
  readonly store: string | undefined
}

/** Kafka's name of a guarantee. */
export function processingGuarantee(guarantee: 'at_least_once' | 'exactly_once'): PeerRun['guarantee'] {
  return guarantee === 'exactly_once' ? 'exactly_once_v2' : guarantee
}

export interface Command {
  readonly program: string
  readonly parameters: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

export interface Peer {
  readonly name: string
  readonly version: string
  /** Pipelines it can express. */
  readonly pipelines: readonly string[]
  /** Those of them where it does less than 50,000 records/s: the claim gives it a prefix of the input. */
  readonly slow: readonly string[]
  /** It knows exactly once and threads. */
  readonly full: boolean
  /** `group`: its group's committed offsets tell how far it is. `said`: it has no group and tells itself. */
  readonly progress: 'group' | 'said'
  /** Pipelines whose output it cannot put into the partitions Kafka Streams would, for it partitions by the whole key. */
  readonly ownPartitions: readonly string[]
  /** Installs or builds what the command needs. */
  prepare(): Promise<void>
  command(run: PeerRun): Command
}
