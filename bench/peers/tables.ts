/** A summary as Markdown: one table for each variant of the terms. */

import type { RunOptions } from './bench-options.ts'
import { termsTable } from './equal-terms.ts'
import { memoryOfKeys, memoryTable } from './memory.ts'
import { median, type PeerResult, REFERENCE, ratios, variantOf } from './peer-result.ts'
import type { Summary } from './summary.ts'

const HEAD = [
  '| pipeline | peer | records/s | × Kafka Streams (min–max) | CPU µs/record | second half | × less CPU, second half (min–max) | peak RSS MiB | output | changelog |',
  '|---|---|---:|---:|---:|---:|---:|---:|---:|---:|',
]

/** All there is to say of a summary. */
export function summaryText(summary: Summary): string {
  const memory = memoryOfKeys(summary.results)
  return [
    tables(summary),
    summary.terms.length === 0 ? '' : termsTable(summary.terms),
    memory.length === 0 ? '' : memoryTable(memory),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

export function tables({ results, wrong }: Summary): string {
  const variants = new Map<string, PeerResult[]>()
  for (const result of results) {
    const variant = variantOf(result)
    variants.set(variant, [...(variants.get(variant) ?? []), result])
  }
  const parts = [...variants.values()].map((ofOne) => `${describe(ofOne[0])}.\n\n${table(ofOne)}\n${means(ofOne)}`)
  for (const { pipeline, peer, reason } of wrong) parts.push(`WRONG ${pipeline} ${peer}: ${reason}\n`)
  return parts.join('\n')
}

/** The terms of a variant in words. */
export function describe(options: RunOptions): string {
  const { guarantee, threads, commitMs, ownCommitMs, cacheBytes, lingerMs } = options
  const { records, batchRecords, partitions, keys } = options
  return [
    `${records.toLocaleString('en')} records`,
    `${keys.toLocaleString('en')} keys`,
    `${partitions} partitions`,
    ...(batchRecords === 0 ? [] : [`batches of ${batchRecords}`]),
    guarantee,
    `${threads} thread${threads > 1 ? 's' : ''}`,
    `commit every ${commitMs} ms${ownCommitMs === undefined ? '' : `, Millrace every ${ownCommitMs} ms`}`,
    cacheBytes === 0 ? 'record caches off' : `record caches of ${(cacheBytes / 2 ** 20).toFixed(1)} MiB`,
    ...(lingerMs === undefined ? [] : [`linger ${lingerMs} ms`]),
  ].join(', ')
}

function table(results: readonly PeerResult[]): string {
  return [...HEAD, ...results.map((result) => `| ${cells(results, result).join(' | ')} |`)].join('\n')
}

function cells(results: readonly PeerResult[], result: PeerResult): string[] {
  const others = result.peer === REFERENCE ? [] : results
  const speed = ratios(others, result, (run) => run.recordsPerSecond)
  const cpu = ratios(others, result, (run) => 1 / run.cpuMicrosPerRecordWarm)
  const whole = Math.max(...results.filter(({ pipeline }) => pipeline === result.pipeline).map((r) => r.inputRecords))
  const prefix = result.inputRecords < whole ? ` (first ${result.inputRecords.toLocaleString('en')})` : ''
  return [
    result.pipeline,
    `${result.peer} ${result.version}${prefix}`,
    rounded(result.recordsPerSecond),
    spread(speed),
    result.cpuMicrosPerRecord.toFixed(2),
    result.cpuMicrosPerRecordWarm.toFixed(2),
    spread(cpu),
    rounded(result.peakRssMiB),
    rounded(result.outputRecords),
    rounded(result.changelogRecords),
  ]
}

/** Millrace over several pipelines in one number. */
function means(results: readonly PeerResult[]): string {
  const ours = results.filter(({ peer }) => peer === 'millrace')
  const speed = ours.flatMap((result) => ratioMedian(results, result, (run) => run.recordsPerSecond))
  const cpu = ours.flatMap((result) => ratioMedian(results, result, (run) => 1 / run.cpuMicrosPerRecordWarm))
  if (speed.length < 2) return ''
  const mean = (numbers: readonly number[]): string => geometricMean(numbers).toFixed(2)
  return `\nMillrace by Kafka Streams, geometric mean of ${speed.length} pipelines: records/s ${mean(speed)} (lowest ${Math.min(...speed).toFixed(2)}), CPU ${mean(cpu)} (lowest ${Math.min(...cpu).toFixed(2)}).\n`
}

function ratioMedian(results: readonly PeerResult[], result: PeerResult, pick: Parameters<typeof ratios>[2]): number[] {
  const all = ratios(results, result, pick)
  return all === undefined ? [] : [median(all)]
}

export function geometricMean(numbers: readonly number[]): number {
  return Math.exp(numbers.reduce((sum, number) => sum + Math.log(number), 0) / numbers.length)
}

function spread(numbers: readonly number[] | undefined): string {
  if (numbers === undefined) return ''
  if (numbers.length === 1) return numbers[0].toFixed(2)
  return `${median(numbers).toFixed(2)} (${Math.min(...numbers).toFixed(2)}–${Math.max(...numbers).toFixed(2)})`
}

function rounded(number: number): string {
  return Math.round(number).toLocaleString('en')
}
