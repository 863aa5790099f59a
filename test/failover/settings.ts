/** What run, workers and topology share. Plain data. */

export const INPUT = 'in'
export const OUTPUT = 'out'
export const PARTITIONS = 2
export const SESSION_TIMEOUT_MS = 6000
export const TRANSACTION_TIMEOUT_MS = 6000
/** How much longer than the time-outs the output may stand still. */
export const MARGIN_MS = 2000

/** A worker's parameters, as JSON. */
export interface WorkerSettings {
  readonly brokers: readonly string[]
  readonly applicationId: string
  readonly standbys: number
  readonly stateDir: string
}

/** What a worker says on its standard output, one line of JSON each time. */
export interface WorkerStatus {
  readonly state: string
  readonly active: readonly string[]
  readonly standby: readonly string[]
  /** Offsets that its standbys are behind, all together. */
  readonly lag: number
}

/** An output value: how many records the key had, and when the newest was sent. */
export interface Counted {
  readonly n: number
  readonly sentMs: number
}
