import { TopologyTestDriver } from '@millrace/testing'
import {
  type KGroupedStream,
  type KTable,
  long,
  StreamsBuilder,
  type Suppression,
  session,
  string,
  topic,
  tumbling,
  untilTimeLimit,
  untilWindowCloses,
} from 'millrace'
import { describe, expect, it } from 'vitest'

const input = topic('in', { key: string(), value: string() })
const output = topic('out', { key: string(), value: long() })

function counts(builder: StreamsBuilder): KTable<string, number> {
  return builder.stream(input).groupByKey().count()
}

function suppressed(suppression: Suppression): TopologyTestDriver {
  const builder = new StreamsBuilder()
  counts(builder).suppress(suppression, { name: 'held' }).toStream().to(output)
  return new TopologyTestDriver(builder.build())
}

function windowed(suppression: Suppression): TopologyTestDriver {
  const builder = new StreamsBuilder()
  const table = builder
    .stream(input)
    .groupByKey()
    .windowedBy(tumbling(10, { grace: 5 }))
    .count()
  table
    .suppress(suppression)
    .toStream()
    .map((n, { key, window }) => [`${key}[${window.start}]`, n])
    .to(output)
  return new TopologyTestDriver(builder.build())
}

function pipe(tested: TopologyTestDriver, records: readonly (readonly [key: string, timestamp: number])[]): string[] {
  for (const [key, timestamp] of records) tested.inputTopic(input).pipe(key, 'x', { timestamp })
  return tested
    .outputTopic(output)
    .readRecords()
    .map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`)
}

describe('suppress until windows close', () => {
  it('gives the final result of each window, in the order they close', () => {
    using tested = windowed(untilWindowCloses())
    expect(
      pipe(tested, [
        ['a', 1],
        ['b', 2],
        ['a', 12],
        ['a', 3],
        ['a', 14],
      ]),
    ).toEqual([])
    expect(pipe(tested, [['a', 15]])).toEqual(['a[0]=2@3', 'b[0]=1@2'])
    expect(pipe(tested, [['c', 26]])).toEqual(['a[10]=3@15'])
  })

  it('fails where the buffer is full, since results would not be final', () => {
    using tested = windowed(untilWindowCloses({ maxRecords: 1 }))
    pipe(tested, [['a', 1]])
    expect(() => pipe(tested, [['b', 1]])).toThrow(/over its bounds: 2 of 1 records/)
  })

  it('waits gap and grace for sessions, and swallows tombstones', () => {
    const builder = new StreamsBuilder()
    const sessions = builder.stream(input).groupByKey().windowedBy(session(5)).count()
    sessions
      .suppress(untilWindowCloses())
      .toStream()
      .map((n, { key, window }) => [`${key}[${window.start},${window.end}]`, n])
      .to(output)
    using tested = new TopologyTestDriver(builder.build())
    expect(
      pipe(tested, [
        ['a', 0],
        ['a', 3],
        ['b', 8],
        ['b', 20],
      ]),
    ).toEqual(['a[0,3]=2@3', 'b[8,8]=1@8'])
  })

  it('is refused without windows', () => {
    expect(() => suppressed(untilWindowCloses())).toThrow(/only where there are windows/)
  })
})

describe('suppress until a time limit', () => {
  it('gives the last update of a key once the first has waited long enough', () => {
    using tested = suppressed(untilTimeLimit(10))
    expect(
      pipe(tested, [
        ['a', 0],
        ['a', 5],
        ['b', 9],
      ]),
    ).toEqual([])
    expect(pipe(tested, [['a', 10]])).toEqual(['a=3@10'])
    expect(pipe(tested, [['c', 30]])).toEqual(['b=1@9'])
  })

  it('lets the oldest go early beyond the bounds', () => {
    using tested = suppressed(untilTimeLimit(1000, { maxRecords: 2 }))
    expect(
      pipe(tested, [
        ['a', 0],
        ['b', 1],
        ['a', 2],
        ['c', 3],
      ]),
    ).toEqual(['a=2@2'])
  })

  it('fails beyond the bounds where that is asked for', () => {
    using tested = suppressed(untilTimeLimit(1000, { maxBytes: 10, whenFull: 'shutDown' }))
    expect(() => pipe(tested, [['a', 0]])).toThrow(/of 10 bytes/)
  })

  it('shows tables below what has come out, not what is held back', () => {
    const builder = new StreamsBuilder()
    const other = topic('other', { key: string(), value: string() })
    const held = counts(builder).suppress(untilTimeLimit(10))
    const texts = builder.table(other)
    const seen = topic('seen', { key: string(), value: string() })
    texts
      .leftJoin(held, (text, n) => `${text}${n}`)
      .toStream()
      .to(seen)
    using tested = new TopologyTestDriver(builder.build())
    pipe(tested, [['a', 0]])
    tested.inputTopic(other).pipe('a', 't', { timestamp: 1 })
    pipe(tested, [['b', 20]])
    tested.inputTopic(other).pipe('a', 'u', { timestamp: 21 })
    // 0: without a record cache the count of a new key comes from the initialiser's value.
    expect(tested.outputTopic(seen).readValues()).toEqual(['t0', 't1', 'u1'])
  })
})

describe('suppression', () => {
  it('has bounds of 0 and more', () => {
    expect(() => untilWindowCloses({ maxRecords: -1 })).toThrow(/0 or more/)
    expect(() => untilTimeLimit(-1)).toThrow(/limit/)
  })

  it('names its node and its buffer, without burning indexes', () => {
    const builder = new StreamsBuilder()
    const grouped: KGroupedStream<string, string> = builder.stream(input).groupByKey()
    grouped.count().suppress(untilTimeLimit(1), { name: 'held' }).toStream()
    const text = builder.build().describe()
    expect(text).toContain('Processor: held (stores: [held-store])\n      --> KTABLE-TOSTREAM-0000000003')
  })
})
