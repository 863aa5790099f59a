import { TopologyTestDriver, type TopologyTestDriverOptions } from '@millrace/testing'
import { Headers, json, type KGroupedStream, type KTable, long, StreamsBuilder, string, topic } from 'millrace'
import { describe, expect, it } from 'vitest'

const input = topic('in', { key: string(), value: string() })
const output = topic('out', { key: string(), value: json<unknown>() })

function driver<V>(
  define: (grouped: KGroupedStream<string, string>) => KTable<string, V>,
  options?: TopologyTestDriverOptions,
): TopologyTestDriver {
  const builder = new StreamsBuilder()
  const table = define(builder.stream(input).groupByKey() as KGroupedStream<string, string>)
  table.toStream().to(output)
  return new TopologyTestDriver(builder.build(), options)
}

function run<V>(
  records: readonly (readonly [key: string | null, value: string | null, timestamp: number])[],
  define: (grouped: KGroupedStream<string, string>) => KTable<string, V>,
): unknown[] {
  using tested = driver(define)
  for (const [key, value, timestamp] of records) tested.inputTopic(input).pipe(key, value, { timestamp: timestamp })
  return tested
    .outputTopic(output)
    .readRecords()
    .map(({ key, value, timestamp }) => [key, value, timestamp])
}

const joined = { init: () => '', add: (text: string, value: string) => text + value }

describe('aggregation of a grouped stream', () => {
  it('folds values in the order they arrive; time is the highest so far', () => {
    const seen = run(
      [
        ['a', 'x', 10],
        ['a', 'y', 5],
        ['b', 'z', 1],
        ['a', 'w', 12],
      ],
      (grouped) => grouped.aggregate(joined),
    )
    expect(seen).toEqual([
      ['a', 'x', 10],
      ['a', 'xy', 10],
      ['b', 'z', 1],
      ['a', 'xyw', 12],
    ])
  })

  it('deletes on null or undefined, and then starts anew, time too', () => {
    const add = (text: string, value: string) => (value === 'end' ? undefined : text + value)
    const seen = run(
      [
        ['a', 'x', 10],
        ['a', 'end', 3],
        ['a', 'y', 4],
      ],
      (grouped) => grouped.aggregate({ init: () => '', add }),
    )
    expect(seen).toEqual([
      ['a', 'x', 10],
      ['a', null, 10],
      ['a', 'y', 4],
    ])
  })

  it('keeps the first value of a reduction as it is', () => {
    const seen = run(
      [
        ['a', 'x', 1],
        ['a', 'y', 2],
      ],
      (grouped) => grouped.reduce((one, other) => `${one}+${other}`),
    )
    expect(seen).toEqual([
      ['a', 'x', 1],
      ['a', 'x+y', 2],
    ])
  })

  it('counts what it drops, by reason', () => {
    using tested = driver((grouped) => grouped.count({ name: 'counted' }))
    tested.inputTopic(input).pipe(null, 'x', { timestamp: 0 })
    tested.inputTopic(input).pipe('a', null, { timestamp: 0 })
    expect([...tested.droppedRecords()].sort()).toEqual([
      ['counted:null-key', 1],
      ['counted:null-value', 1],
    ])
    expect(tested.outputTopic(output).readRecords()).toEqual([])
  })

  it('fails where a callback changes the aggregate it was given', () => {
    using tested = driver((grouped) =>
      grouped.aggregate({
        init: (): string[] => [],
        add: (list, value) => {
          list.push(value)
          return list
        },
      }),
    )
    expect(() => tested.inputTopic(input).pipe('a', 'x', { timestamp: 0 })).toThrow(/not extensible/)
  })

  it('sends the initialiser as the old value of a new key without a record cache, as Kafka Streams does', () => {
    const builder = new StreamsBuilder()
    const counts = builder.stream(input).groupByKey().count()
    const all = topic('all', { key: string(), value: long() })
    counts
      .groupBy((n, key) => ['all', `${key}${n}`], { key: string(), value: string() })
      .count()
      .toStream()
      .to(all)
    const topology = builder.build()
    const counted = (options: TopologyTestDriverOptions): unknown[] => {
      using tested = new TopologyTestDriver(topology, options)
      for (const key of ['a', 'b', 'c']) tested.inputTopic(input).pipe(key, 'x', { timestamp: 0 })
      return tested.outputTopic(all).readValues()
    }
    expect(counted({ cacheMaxBytes: 0 }).at(-1)).toBe(1)
    expect(counted({ cacheMaxBytes: 100_000 }).at(-1)).toBe(3)
  })

  it('forwards the headers of the record that changed the aggregate', () => {
    using tested = driver((grouped) => grouped.count())
    const headers = new Headers().add('trace', Buffer.from([1]))
    tested.inputTopic(input).pipe('a', 'x', { timestamp: 0, headers })
    tested.inputTopic(input).pipe('a', 'y', { timestamp: 1 })
    const seen = tested.outputTopic(output).readRecords()
    expect(seen.map((record) => record.headers.last('trace')?.value?.at(0))).toEqual([1, undefined])
  })
})

describe('names of stores and nodes', () => {
  const described = <V>(define: (grouped: KGroupedStream<string, string>) => KTable<string, V>): string => {
    const builder = new StreamsBuilder()
    define(builder.stream(input).groupByKey() as KGroupedStream<string, string>)
    return builder.build().describe()
  }

  it('burn an index where options of the store are given without a name', () => {
    expect(described((grouped) => grouped.count())).toContain('KSTREAM-AGGREGATE-STATE-STORE-0000000001')
    expect(described((grouped) => grouped.count({ name: 'n' }))).toContain('KSTREAM-AGGREGATE-STATE-STORE-0000000001')
    expect(described((grouped) => grouped.count({ caching: false }))).toContain(
      'KSTREAM-AGGREGATE-STATE-STORE-0000000002',
    )
    expect(described((grouped) => grouped.reduce((a) => a, { caching: false }))).toContain(
      'KSTREAM-REDUCE-STATE-STORE-0000000001',
    )
  })
})
