/** The judge must be able to say no: each kind of damage to a right result is found, and the right result is not faulted. */

import { describe, expect, it } from 'vitest'
import type { ReadRecord, TopicContents } from './read-topics.ts'
import { verify } from './verify.ts'

type Rows = Record<string, ReadRecord[]>

function record(key: string | Buffer, value: unknown, timestamp: number): ReadRecord {
  const bytes = value === null ? null : Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))
  return { partition: 0, offset: 0, key: Buffer.from(key), value: bytes, timestamp }
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(value))
  return bytes
}

function windowKey(key: string, startMs: number): Buffer {
  return Buffer.concat([Buffer.from(key), long(startMs)])
}

/**
 * Four items that are a surge and a revival, and begin what lapses; two items, one pair within reach and one out of it, an order
 * that follows its customer.
 */
function right(): Rows {
  const first = { id: 1, n: 5, group: 'g' }
  const second = { id: 2, n: 7, group: 'g' }
  const times = [1000, 1200, 2000, 6000]
  const pattern = [5, 30, 90, 0].map((n, i) => record('p', { id: 10 + i, n, group: 'p' }, times[i]))
  return {
    items: [...pattern, record('a', first, 10_000), record('a', second, 10_500)],
    surges: [record('p', { low: 10, middle: [11], high: 12 }, 2000)],
    revivals: [record('p', { low: 10, high: 12 }, 2000)],
    lapses: [record('p', { low: 13 }, 10_000)],
    echo: [...pattern, record('a', first, 10_000), record('a', second, 10_500)],
    counts: [
      ...times.map((time, i) => record('p', long(i + 1), time)),
      record('a', long(1), 10_000),
      record('a', long(2), 10_500),
    ],
    sums: [
      record(windowKey('p', 0), long(5), 1000),
      record(windowKey('p', 0), long(35), 1200),
      record(windowKey('p', 2000), long(90), 2000),
      record(windowKey('p', 6000), long(0), 6000),
      record(windowKey('a', 10_000), long(5), 10_000),
      record(windowKey('a', 10_000), long(12), 10_500),
    ],
    groups: [
      ...times.map((time, i) => record('p', long(i + 1), time)),
      record('g', long(1), 10_000),
      record('g', long(2), 10_500),
    ],
    left: [record('j', { id: 3 }, 10_000)],
    right: [record('j', { id: 4 }, 11_000), record('j', { id: 5 }, 11_001)],
    joined: [record('j', { left: 3, right: 4 }, 11_000)],
    orders: [record('o', { version: 1, customer: 'c' }, 10_000)],
    customers: [record('c', { version: 1 }, 10_000), record('c', { version: 2 }, 11_000)],
    enriched: [
      record('o', { order: 1, customer: 'c', version: 1 }, 10_000),
      record('o', { order: 1, customer: 'c', version: 2 }, 11_000),
    ],
  }
}

function judged(damage: (rows: Rows) => void, guarantee: 'exactly_once' | 'at_least_once' = 'exactly_once'): string[] {
  const rows = right()
  damage(rows)
  const contents: TopicContents = new Map(Object.entries(rows).map(([topic, records]) => [topic, [records]]))
  return verify(contents, guarantee).flatMap(({ output, lost, duplicated, wrong, excess }) =>
    Object.entries({ lost, duplicated, wrong, excess })
      .filter(([, count]) => count > 0)
      .map(([what, count]) => `${output} ${what} ${count}`),
  )
}

const PATTERNS = ['surges', 'revivals', 'lapses']

describe('verify', () => {
  it('faults nothing in a right result', () => {
    expect(judged(() => {})).toEqual([])
    expect(judged(() => {}, 'at_least_once')).toEqual([])
  })

  it.each(['echo', 'counts', 'sums', 'groups', 'joined', ...PATTERNS])('finds a lost record of %s', (topic) => {
    expect(judged((rows) => rows[topic].pop())).toEqual([`${topic} lost 1`])
  })

  it.each([
    'echo',
    'counts',
    'sums',
    'groups',
    'joined',
    'enriched',
    ...PATTERNS,
  ])('finds a doubled record of %s', (topic) => {
    expect(judged((rows) => rows[topic].push(rows[topic].at(-1)!))).toEqual([`${topic} duplicated 1`])
  })

  it('finds records in the wrong order', () => {
    expect(judged((rows) => rows.echo.reverse())).toEqual(['echo wrong 1'])
    expect(judged((rows) => rows.counts.reverse())).toEqual(['counts wrong 1'])
  })

  it('finds a foreign-key join that stopped short, went back, or made something up', () => {
    expect(judged((rows) => rows.enriched.pop())).toEqual(['enriched lost 1'])
    expect(judged((rows) => rows.enriched.reverse())).toEqual(['enriched lost 1', 'enriched wrong 1'])
    expect(judged((rows) => rows.enriched.unshift(record('o', { order: 9, customer: 'c', version: 1 }, 1)))).toEqual([
      'enriched wrong 1',
    ])
  })

  it('finds a match that binds another event, one that came though it was not calm, and one after its window', () => {
    expect(judged((rows) => (rows.surges = [record('p', { low: 10, middle: [], high: 12 }, 2000)]))).toEqual([
      'surges lost 1',
      'surges wrong 1',
    ])
    expect(judged((rows) => rows.revivals.push(record('p', { low: 13, high: 12 }, 6000)))).toEqual(['revivals wrong 1'])
    expect(judged((rows) => rows.lapses.push(record('a', { low: 1 }, 14_000)))).toEqual(['lapses wrong 1'])
  })

  it('counts what is above the truth as excess under at least once, and what is below as lost', () => {
    expect(judged((rows) => rows.echo.push(rows.echo[0]), 'at_least_once')).toEqual(['echo excess 1'])
    expect(judged((rows) => rows.counts.push(record('a', long(4), 10_500)), 'at_least_once')).toEqual([
      'counts excess 2',
    ])
    expect(judged((rows) => rows.sums.pop(), 'at_least_once')).toEqual(['sums lost 7'])
    expect(judged((rows) => rows.echo.pop(), 'at_least_once')).toEqual(['echo lost 1'])
  })
})
