/**
 * From runs to results: medians, ratios to Kafka Streams in the same round, and who is wrong. A result that differs from
 * Kafka Streams' (without it: from the first peer's) is wrong, and so is a peer whose own runs differ.
 */

import { cpus, totalmem } from 'node:os'
import type { MeasuredRun } from './measured-run.ts'
import type { BenchOptions } from './options.ts'
import { peerNamed } from './peers.ts'

export interface PeerResult {
  readonly pipeline: string
  readonly peer: string
  readonly version: string
  readonly guarantee: string
  readonly threads: number
  readonly commitMs: number
  readonly cacheBytes: number
  readonly records: number
  readonly recordsPerSecond: number
  readonly cpuMicrosPerRecord: number
  readonly cpuMicrosPerRecordWarm: number
  readonly peakRssMiB: number
  readonly outputRecords: number
  readonly changelogRecords: number
  readonly runs: readonly MeasuredRun[]
}

export interface WrongResult {
  readonly pipeline: string
  readonly peer: string
  readonly reason: string
}

export interface Summary {
  readonly machine: string
  readonly date: string
  readonly results: readonly PeerResult[]
  readonly wrong: readonly WrongResult[]
}

/** All of one pipeline: the runs of each peer in the order of rounds, or why it has none. */
export interface PipelineRuns {
  readonly pipeline: string
  readonly runs: ReadonlyMap<string, readonly MeasuredRun[]>
  readonly failures: ReadonlyMap<string, string>
}

const REFERENCE = 'kafka-streams'

export function summarise(all: readonly PipelineRuns[], options: BenchOptions): Summary {
  const results: PeerResult[] = []
  const wrong: WrongResult[] = []
  for (const { pipeline, runs, failures } of all) {
    const reference = (runs.get(REFERENCE) ?? [...runs.values()][0])?.[0]
    for (const [peer, reason] of failures) wrong.push({ pipeline, peer, reason })
    for (const [peer, ofPeer] of runs) {
      if (failures.has(peer) || reference === undefined) continue
      const different = ofPeer.find(({ rows, checksum }) => rows !== reference.rows || checksum !== reference.checksum)
      if (different === undefined) results.push(resultOf(pipeline, peer, ofPeer, options))
      else {
        const found = `${different.rows} rows, checksum ${different.checksum}`
        const wanted = `${reference.rows} rows, checksum ${reference.checksum}`
        wrong.push({ pipeline, peer, reason: `its result (${found}) is not ${reference.peer}'s (${wanted})` })
      }
    }
  }
  return { machine: machine(), date: new Date().toISOString(), results, wrong }
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`
}

function resultOf(
  pipeline: string,
  peer: string,
  runs: readonly MeasuredRun[],
  { guarantee, threads, commitMs, cacheBytes }: BenchOptions,
): PeerResult {
  const middle = (pick: (run: MeasuredRun) => number): number => median(runs.map(pick))
  return {
    pipeline,
    peer,
    version: peerNamed(peer).version,
    guarantee,
    threads,
    commitMs,
    cacheBytes,
    records: runs[0].records,
    recordsPerSecond: middle((run) => run.recordsPerSecond),
    cpuMicrosPerRecord: middle((run) => run.cpuMicrosPerRecord),
    cpuMicrosPerRecordWarm: middle((run) => run.cpuMicrosPerRecordWarm),
    peakRssMiB: middle((run) => run.peakRssMiB),
    outputRecords: middle((run) => run.outputRecords),
    changelogRecords: middle((run) => run.changelogRecords),
    runs,
  }
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** How many times Kafka Streams' figure a run has in each round. */
export function ratios(
  { results }: Summary,
  result: PeerResult,
  pick: (run: MeasuredRun) => number,
): readonly number[] | undefined {
  const reference = results.find(({ pipeline, peer }) => pipeline === result.pipeline && peer === REFERENCE)
  if (reference === undefined) return undefined
  return result.runs.map((run, round) => pick(run) / pick(reference.runs[round] ?? reference.runs[0]))
}

export function table(summary: Summary): string {
  const lines = [
    '| pipeline | peer | records/s | × Kafka Streams (min–max) | CPU µs/record | second half | × less CPU, second half | peak RSS MiB | output | changelog |',
    '|---|---|---:|---:|---:|---:|---:|---:|---:|---:|',
  ]
  for (const result of summary.results) {
    const speed = ratios(summary, result, (run) => run.recordsPerSecond)
    const cpu = ratios(summary, result, (run) => 1 / run.cpuMicrosPerRecordWarm)
    const cells = [
      result.pipeline,
      `${result.peer} ${result.version}`,
      whole(result.recordsPerSecond),
      speed === undefined ? '' : spread(speed),
      result.cpuMicrosPerRecord.toFixed(2),
      result.cpuMicrosPerRecordWarm.toFixed(2),
      cpu === undefined ? '' : median(cpu).toFixed(2),
      whole(result.peakRssMiB),
      whole(result.outputRecords),
      whole(result.changelogRecords),
    ]
    lines.push(`| ${cells.join(' | ')} |`)
  }
  for (const { pipeline, peer, reason } of summary.wrong) lines.push(`\nWRONG ${pipeline} ${peer}: ${reason}`)
  return lines.join('\n')
}

function spread(numbers: readonly number[]): string {
  return `${median(numbers).toFixed(2)} (${Math.min(...numbers).toFixed(2)}–${Math.max(...numbers).toFixed(2)})`
}

function whole(number: number): string {
  return Math.round(number).toLocaleString('en')
}
