/** A peer's figures on one pipeline, and how they compare with Kafka Streams' on the same terms. */

import type { RunOptions } from './bench-options.ts'
import type { MeasuredRun } from './measured-run.ts'

export const REFERENCE = 'kafka-streams'

export interface PeerResult extends RunOptions {
  readonly pipeline: string
  readonly peer: string
  readonly version: string
  /** Of all inputs together; for a peer that is slow on this pipeline, fewer than the others read. */
  readonly inputRecords: number
  readonly recordsPerSecond: number
  readonly cpuMicrosPerRecord: number
  readonly cpuMicrosPerRecordWarm: number
  readonly peakRssMiB: number
  readonly startSeconds: number
  readonly outputRecords: number
  readonly changelogRecords: number
  readonly runs: readonly MeasuredRun[]
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** What results must have in common to be compared. */
export function variantOf(result: RunOptions): string {
  const { guarantee, threads, commitMs, ownCommitMs, cacheBytes, lingerMs } = result
  const { records, batchRecords, partitions, keys } = result
  const terms = { guarantee, threads, commitMs, ownCommitMs, cacheBytes, lingerMs }
  return JSON.stringify({ ...terms, records, batchRecords, partitions, keys })
}

/** How many times Kafka Streams' figure a run has in each round. */
export function ratios(
  results: readonly PeerResult[],
  result: PeerResult,
  pick: (run: MeasuredRun) => number,
): readonly number[] | undefined {
  const reference = results.find(
    (other) => other.peer === REFERENCE && other.pipeline === result.pipeline && variantOf(other) === variantOf(result),
  )
  if (reference === undefined) return undefined
  return result.runs.map((run, round) => pick(run) / pick(reference.runs[round] ?? reference.runs[0]))
}
