/**
 * From runs to results: medians, ratios to Kafka Streams in the same round, and who is wrong. A result that differs from
 * Kafka Streams' on the same input (without it: from the first peer's) is wrong, and so is a peer whose own runs differ.
 */

import type { BenchOptions } from './bench-options.ts'
import { type EqualTerms, equalTerms } from './equal-terms.ts'
import { machine } from './machine.ts'
import type { MeasuredRun } from './measured-run.ts'
import { median, type PeerResult, REFERENCE } from './peer-result.ts'
import { peerNamed } from './peers.ts'

export interface WrongResult {
  readonly pipeline: string
  readonly peer: string
  readonly reason: string
}

export interface Summary {
  readonly profile?: string | undefined
  readonly machine: string
  readonly date: string
  readonly results: readonly PeerResult[]
  readonly wrong: readonly WrongResult[]
  readonly terms: readonly EqualTerms[]
}

/** All of one pipeline: the runs of each peer in the order of rounds, or why it has none. */
export interface PipelineRuns {
  readonly pipeline: string
  readonly options: BenchOptions
  readonly runs: ReadonlyMap<string, readonly MeasuredRun[]>
  readonly failures: ReadonlyMap<string, string>
  /** Runs that only tell what the result of a shorter input is. */
  readonly references: readonly MeasuredRun[]
}

export function summarise(all: readonly PipelineRuns[], profile?: string): Summary {
  const results: PeerResult[] = []
  const wrong: WrongResult[] = []
  for (const ofPipeline of all) {
    const { pipeline, options, runs, failures } = ofPipeline
    for (const [peer, reason] of failures) wrong.push({ pipeline, peer, reason })
    for (const [peer, ofPeer] of runs) {
      if (failures.has(peer)) continue
      const reason = differs(ofPipeline, peer, ofPeer)
      if (reason === undefined) results.push(resultOf(pipeline, peer, ofPeer, options))
      else wrong.push({ pipeline, peer, reason })
    }
  }
  const terms = equalTerms(results)
  return { profile, machine: machine(), date: new Date().toISOString(), results, wrong, terms }
}

/** Why a peer's result is wrong; undefined: it is not. */
function differs({ pipeline, runs, references }: PipelineRuns, peer: string, ofPeer: readonly MeasuredRun[]) {
  const partitioned = !peerNamed(peer).ownPartitions.includes(pipeline)
  const candidates = [...(runs.get(REFERENCE) ?? []), ...references, ...[...runs.values()].flat()]
  for (const run of ofPeer) {
    const reference = candidates.find(({ records }) => records === run.records)
    if (reference === undefined) return `nothing to compare its result on ${run.records} records with`
    const same = partitioned ? run.checksum === reference.checksum : run.contentChecksum === reference.contentChecksum
    if (same && run.rows === reference.rows) continue
    const found = `${run.rows} rows, checksum ${partitioned ? run.checksum : run.contentChecksum}`
    const wanted = `${reference.rows} rows, checksum ${partitioned ? reference.checksum : reference.contentChecksum}`
    return `its result (${found}) is not ${reference.peer}'s (${wanted})`
  }
  return undefined
}

function resultOf(pipeline: string, peer: string, runs: readonly MeasuredRun[], options: BenchOptions): PeerResult {
  const { guarantee, threads, commitMs, ownCommitMs, cacheBytes, lingerMs, store, limitSeconds } = options
  const { records, batchRecords, partitions, keys } = options
  const middle = (pick: (run: MeasuredRun) => number): number => median(runs.map(pick))
  return {
    pipeline,
    peer,
    version: peerNamed(peer).version,
    guarantee,
    threads,
    recordsPerSecond: middle((run) => run.recordsPerSecond),
    cpuMicrosPerRecord: middle((run) => run.cpuMicrosPerRecord),
    cpuMicrosPerRecordWarm: middle((run) => run.cpuMicrosPerRecordWarm),
    peakRssMiB: middle((run) => run.peakRssMiB),
    startSeconds: middle((run) => run.startSeconds),
    outputRecords: middle((run) => run.outputRecords),
    changelogRecords: middle((run) => run.changelogRecords),
    inputRecords: runs[0].records,
    ...{ commitMs, ownCommitMs, cacheBytes, lingerMs, store, limitSeconds, records, batchRecords, partitions, keys },
    runs,
  }
}
