/** The benches' summary: medians, ratios, and that a wrong result can never have a number. */

import { describe, expect, it } from 'vitest'
import { type BenchOptions, DEFAULTS } from '../../bench/peers/bench-options.ts'
import { equalTerms, termsTable } from '../../bench/peers/equal-terms.ts'
import type { MeasuredRun } from '../../bench/peers/measured-run.ts'
import { memoryOfKeys } from '../../bench/peers/memory.ts'
import { median, ratios } from '../../bench/peers/peer-result.ts'
import { type PipelineRuns, summarise } from '../../bench/peers/summary.ts'
import { geometricMean, tables } from '../../bench/peers/tables.ts'

function run(peer: string, change: Partial<MeasuredRun> = {}): MeasuredRun {
  return {
    peer,
    records: 1000,
    startSeconds: 1,
    seconds: 1,
    recordsPerSecond: 1000,
    cpuMicrosPerRecord: 2,
    cpuMicrosPerRecordWarm: 1,
    peakRssMiB: 100,
    changelogRecords: 500,
    outputRecords: 500,
    rows: 100,
    checksum: '7',
    contentChecksum: '8',
    ...change,
  }
}

function runsOf(pipeline: string, runs: readonly MeasuredRun[], change: Partial<PipelineRuns> = {}): PipelineRuns {
  const byPeer = new Map<string, MeasuredRun[]>()
  for (const one of runs) byPeer.set(one.peer, [...(byPeer.get(one.peer) ?? []), one])
  return { pipeline, options: DEFAULTS, runs: byPeer, failures: new Map(), references: [], ...change }
}

const withOptions = (options: Partial<BenchOptions>): Partial<PipelineRuns> => ({
  options: { ...DEFAULTS, ...options },
})

describe('median', () => {
  it('is the middle, or the mean of the two in the middle, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([10, 9, 1, 2])).toBe(5.5)
    expect(median([100, 20, 3])).toBe(20)
  })
})

describe('summarise', () => {
  it('gives a peer whose result differs no row, but lists it as wrong', () => {
    const ks = run('kafka-streams')
    const { results, wrong } = summarise([runsOf('p2', [run('millrace', { checksum: '6' }), ks])])
    expect(results.map(({ peer }) => peer)).toEqual(['kafka-streams'])
    expect(wrong).toMatchObject([{ pipeline: 'p2', peer: 'millrace' }])
  })

  it('finds a peer wrong that was right in its first round only', () => {
    const runs = [run('millrace'), run('millrace', { rows: 99 }), run('kafka-streams'), run('kafka-streams')]
    expect(summarise([runsOf('p2', runs)]).wrong).toMatchObject([{ peer: 'millrace' }])
  })

  it('lets equal checksums with other row counts not pass', () => {
    const runs = [run('millrace', { rows: 101 }), run('kafka-streams')]
    expect(summarise([runsOf('p2', runs)]).wrong).toHaveLength(1)
  })

  it('gives a peer that failed in a later round no row', () => {
    const failures = new Map([['millrace', 'ended with 1']])
    const { results, wrong } = summarise([runsOf('p2', [run('millrace'), run('kafka-streams')], { failures })])
    expect(results.map(({ peer }) => peer)).toEqual(['kafka-streams'])
    expect(wrong).toEqual([{ pipeline: 'p2', peer: 'millrace', reason: 'ended with 1' }])
  })

  it('compares a peer that read a prefix with the reference on that prefix, never with that of the whole', () => {
    const short = run('quix', { records: 100, rows: 10, checksum: '3', contentChecksum: '4' })
    const runs = [short, run('kafka-streams')]
    const references = [run('kafka-streams', { records: 100, rows: 10, checksum: '3', contentChecksum: '4' })]
    expect(summarise([runsOf('p2', runs, { references })]).results.map(({ peer }) => peer)).toContain('quix')
    const other = [run('kafka-streams', { records: 100, rows: 10, checksum: '2' })]
    expect(summarise([runsOf('p2', runs, { references: other })]).wrong).toMatchObject([{ peer: 'quix' }])
  })

  it('leaves partitions out only for a peer and pipeline that cannot choose them', () => {
    const elsewhere = { checksum: '1' }
    const quix = (pipeline: string) => summarise([runsOf(pipeline, [run('quix', elsewhere), run('kafka-streams')])])
    expect(quix('p3').wrong).toEqual([])
    expect(quix('p2').wrong).toHaveLength(1)
  })

  it('has the medians of the runs', () => {
    const rates = [100, 900, 300]
    const runs = rates.map((recordsPerSecond) => run('kafka-streams', { recordsPerSecond }))
    expect(summarise([runsOf('p2', runs)]).results[0].recordsPerSecond).toBe(300)
  })
})

describe('ratios', () => {
  it('pairs the rounds, and does not mix terms', () => {
    const at = (peer: string, rates: number[]) => rates.map((recordsPerSecond) => run(peer, { recordsPerSecond }))
    const { results } = summarise([
      runsOf('p2', [...at('millrace', [200, 900]), ...at('kafka-streams', [100, 300])], withOptions({ commitMs: 100 })),
      runsOf('p2', [...at('millrace', [50]), ...at('kafka-streams', [100])], withOptions({ commitMs: 1000 })),
    ])
    expect(ratios(results, results[0], (one) => one.recordsPerSecond)).toEqual([2, 3])
    expect(ratios(results, results[2], (one) => one.recordsPerSecond)).toEqual([0.5])
  })

  it('is nothing without Kafka Streams', () => {
    const { results } = summarise([runsOf('p2', [run('millrace')])])
    expect(ratios(results, results[0], (one) => one.recordsPerSecond)).toBeUndefined()
  })
})

describe('equal terms', () => {
  const verdictOf = (pipeline: string, cacheBytes: number, outputRecords: number, changelogRecords = 500) => {
    const runs = [run('millrace', { outputRecords, changelogRecords }), run('kafka-streams')]
    return equalTerms(summarise([runsOf(pipeline, runs, withOptions({ cacheBytes }))]).results)[0].verdict
  }

  it('are within 10 % with caches, equal without', () => {
    expect(verdictOf('p2', 1000, 550)).toBe('within 10 %')
    expect(verdictOf('p2', 1000, 551)).toBe('further than 10 % apart')
    expect(verdictOf('p2', 1000, 500, 440)).toBe('further than 10 % apart')
    expect(verdictOf('p2', 0, 500)).toBe('equal')
    expect(verdictOf('p2', 0, 501)).toBe('NOT EQUAL')
    expect(verdictOf('p2', 0, 500, 499)).toBe('NOT EQUAL')
  })

  it('pair a commit interval of our own with the one it was for, and say both', () => {
    const runs = [run('millrace', { outputRecords: 520 }), run('kafka-streams')]
    const { results, terms } = summarise([
      runsOf('p2', runs, withOptions({ ownCommitMs: 350 })),
      runsOf('p2', [run('kafka-streams', { outputRecords: 1 })]),
    ])
    expect(terms).toMatchObject([{ commitMs: 1000, ownCommitMs: 350, output: 1.04, verdict: 'within 10 %' }])
    expect(ratios(results, results[0], (one) => one.recordsPerSecond)).toEqual([1])
    expect(termsTable(terms)).toContain('1000 ms (Millrace 350 ms)')
  })

  it('do not judge what depends on timing', () => {
    expect(verdictOf('p8', 0, 501)).toBe('depends on timing')
  })
})

describe('tables', () => {
  it('say the geometric mean and the lowest ratio of several pipelines', () => {
    expect(geometricMean([1, 4])).toBeCloseTo(2)
    const pair = (pipeline: string, recordsPerSecond: number): PipelineRuns =>
      runsOf(pipeline, [run('millrace', { recordsPerSecond }), run('kafka-streams')])
    expect(tables(summarise([pair('p2', 1000), pair('p3', 4000)]))).toContain('records/s 2.00 (lowest 1.00)')
  })

  it('show what is wrong', () => {
    const wrong = summarise([runsOf('p2', [run('millrace', { checksum: '6' }), run('kafka-streams')])])
    expect(tables(wrong)).toContain('WRONG p2 millrace')
  })
})

describe('memory of keys', () => {
  it('is the growth of the peak by the growth of the state', () => {
    const at = (rows: number, peakRssMiB: number): PipelineRuns =>
      runsOf('p2', [run('millrace', { rows, peakRssMiB })], withOptions({ keys: rows }))
    const { results } = summarise([at(10_000, 200), at(1_010_000, 350)])
    expect(memoryOfKeys(results)).toEqual([{ peer: 'millrace', keys: 1_010_000, mibPerMillionKeys: 150 }])
  })
})
