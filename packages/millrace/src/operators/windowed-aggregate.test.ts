import { TopologyTestDriver, type TopologyTestDriverOptions } from '@millrace/testing'
import {
  hopping,
  type KGroupedStream,
  type KTable,
  long,
  StreamsBuilder,
  session,
  sliding,
  string,
  topic,
  tumbling,
  unlimited,
  type Windowed,
} from 'millrace'
import { describe, expect, it } from 'vitest'

const input = topic('in', { key: string(), value: string() })
const output = topic('out', { key: string(), value: long() })

type Counted = KTable<Windowed<string>, number>

function driver(
  define: (grouped: KGroupedStream<string, string>) => Counted,
  options?: TopologyTestDriverOptions,
): TopologyTestDriver {
  const builder = new StreamsBuilder()
  const table = define(builder.stream(input).groupByKey() as KGroupedStream<string, string>)
  table
    .toStream()
    .map((n, { key, window }) => [`${key}[${window.start},${window.end}]`, n])
    .to(output)
  return new TopologyTestDriver(builder.build(), options)
}

/** Records of key a at these times; what comes out, as `key[start,end]=count@timestamp`. */
function run(times: readonly number[], define: (grouped: KGroupedStream<string, string>) => Counted): string[] {
  using tested = driver(define)
  for (const time of times) tested.inputTopic(input).pipe('a', 'x', { timestamp: time })
  return results(tested)
}

function results(tested: TopologyTestDriver): string[] {
  return tested
    .outputTopic(output)
    .readRecords()
    .map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`)
}

describe('time windows', () => {
  it('update all windows of a record, in the order of their start', () => {
    expect(run([12], (grouped) => grouped.windowedBy(hopping(10, { advance: 4 })).count())).toEqual([
      'a[4,14]=1@12',
      'a[8,18]=1@12',
      'a[12,22]=1@12',
    ])
  })

  it('take late records while end > stream time - grace, each window by itself', () => {
    const late = (times: number[]): string[] =>
      run(times, (grouped) => grouped.windowedBy(tumbling(10, { grace: 5 })).count())
    expect(late([5, 14, 6])).toEqual(['a[0,10]=1@5', 'a[10,20]=1@14', 'a[0,10]=2@6'])
    expect(late([5, 15, 6])).toEqual(['a[0,10]=1@5', 'a[10,20]=1@15'])
  })

  it('count late records and null keys as dropped, and take null values', () => {
    using tested = driver((grouped) => grouped.windowedBy(tumbling(10)).count({ name: 'counted' }))
    tested.inputTopic(input).pipe('a', null, { timestamp: 20 })
    tested.inputTopic(input).pipe('a', 'x', { timestamp: 9 })
    tested.inputTopic(input).pipe(null, 'x', { timestamp: 20 })
    expect(results(tested)).toEqual(['a[20,30]=1@20'])
    expect([...tested.droppedRecords()].sort()).toEqual([
      ['counted:late', 1],
      ['counted:null-key', 1],
    ])
  })

  it('have one window without end', () => {
    expect(run([5, 500, 3], (grouped) => grouped.windowedBy(unlimited({ startOn: 4 })).count())).toEqual([
      `a[4,${Number.MAX_SAFE_INTEGER}]=1@5`,
      `a[4,${Number.MAX_SAFE_INTEGER}]=2@500`,
    ])
  })

  it('refuse to keep windows shorter than they change', () => {
    expect(() => driver((grouped) => grouped.windowedBy(tumbling(10, { grace: 5 })).count({ retention: 14 }))).toThrow(
      /at least 15 ms/,
    )
  })
})

describe('sliding windows', () => {
  it('update existing windows first, then make the ones of the record', () => {
    expect(run([5, 12], (grouped) => grouped.windowedBy(sliding(10)).count())).toEqual([
      'a[0,10]=1@5',
      'a[6,16]=1@12',
      'a[2,12]=2@12',
    ])
  })

  it('find the windows of a record that comes out of order', () => {
    expect(run([20, 30, 25], (grouped) => grouped.windowedBy(sliding(10, { grace: 50 })).count())).toEqual([
      'a[10,20]=1@20',
      'a[21,31]=1@30',
      'a[20,30]=2@30',
      'a[21,31]=2@30',
      'a[20,30]=3@30',
      'a[15,25]=2@25',
      'a[26,36]=1@30',
    ])
  })
})

describe('sessions', () => {
  it('are merged by a record between them: tombstones, then the session', () => {
    expect(run([0, 10, 5], (grouped) => grouped.windowedBy(session(5, { grace: 20 })).count())).toEqual([
      'a[0,0]=1@0',
      'a[10,10]=1@10',
      'a[0,0]=null@0',
      'a[10,10]=null@10',
      'a[0,10]=3@10',
    ])
  })

  it('need a merger', () => {
    const builder = new StreamsBuilder()
    const windowed = builder.stream(input).groupByKey().windowedBy(session(5))
    const options = { init: () => 0, add: (n: number) => n + 1 }
    expect(() => windowed.aggregate(options as never)).toThrow(/sessions need `merge`/)
  })

  it('keep a reduction together when they merge', () => {
    const builder = new StreamsBuilder()
    const texts = topic('texts', { key: string(), value: string() })
    const reduced = builder
      .stream(input)
      .groupByKey()
      .windowedBy(session(5, { grace: 20 }))
      .reduce((a, b) => `${a}+${b}`)
    reduced
      .toStream()
      .selectKey((_value, { key }) => key)
      .to(texts)
    using tested = new TopologyTestDriver(builder.build())
    for (const [value, time] of [
      ['x', 0],
      ['y', 10],
      ['z', 5],
    ] as const)
      tested.inputTopic(input).pipe('a', value, { timestamp: time })
    expect(tested.outputTopic(texts).readValues().at(-1)).toBe('x+y+z')
  })
})

describe('emission on window close', () => {
  const onClose = { emit: 'onWindowClose' } as const

  it('gives each window once, when stream time has passed its end and grace', () => {
    const windows = tumbling(10, { grace: 2 })
    expect(run([1, 5, 11, 12, 25], (grouped) => grouped.windowedBy(windows, onClose).count())).toEqual([
      'a[0,10]=2@5',
      'a[10,20]=2@12',
    ])
  })

  it('gives sessions and sliding windows when nothing can change them', () => {
    expect(run([0, 3, 20], (grouped) => grouped.windowedBy(session(5), onClose).count())).toEqual(['a[0,3]=2@3'])
    expect(run([20, 25, 42], (grouped) => grouped.windowedBy(sliding(10), onClose).count())).toEqual([
      'a[10,20]=1@20',
      'a[15,25]=2@25',
      'a[21,31]=1@25',
    ])
  })

  it('is impossible for a window without end', () => {
    const builder = new StreamsBuilder()
    const windowed = builder.stream(input).groupByKey().windowedBy(unlimited(), onClose)
    expect(() => windowed.count()).toThrow(/never closes/)
  })
})

describe('serdes of windowed keys', () => {
  it('are around the app default where none was given', () => {
    const builder = new StreamsBuilder()
    builder.stream('plain').groupByKey().windowedBy(tumbling(10)).count().toStream().to('windowed')
    using tested = new TopologyTestDriver(builder.build())
    tested.inputTopic(topic('plain')).pipe('a', 1, { timestamp: 12 })
    expect(tested.takeProduced('windowed').map(({ key }) => Buffer.from(key ?? []).toString('hex'))).toEqual([
      '61000000000000000a',
    ])
  })
})
