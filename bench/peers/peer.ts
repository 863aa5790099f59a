/**
 * What a peer is to the harness: a command that runs one pipeline until its stdin ends, and says `{"event":"running"}` in a
 * line on stdout when it starts to process.
 */

/** One run, given to the peer's program as JSON in its only argument. */
export interface PeerRun {
  readonly pipeline: string
  readonly applicationId: string
  readonly brokers: string
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
  /** Installs or builds what the command needs. */
  prepare(): Promise<void>
  command(run: PeerRun): Command
}
