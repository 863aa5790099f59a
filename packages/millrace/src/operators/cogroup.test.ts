import { TopologyTestDriver } from '@millrace/testing'
import {
  type CogroupedKStream,
  json,
  type KTable,
  StreamsBuilder,
  session,
  string,
  topic,
  tumbling,
  type Windowed,
} from 'millrace'
import { describe, expect, it } from 'vitest'

interface Visit {
  readonly clicks: number
  readonly views: number
}

const clicks = topic('clicks', { key: string(), value: string() })
const views = topic('views', { key: string(), value: string() })
const output = topic('out', { key: string(), value: json<Visit>() })

function cogrouped(builder: StreamsBuilder): CogroupedKStream<string, Visit> {
  return builder
    .stream(clicks)
    .groupByKey()
    .cogroup<Visit>((visit) => ({ ...visit, clicks: visit.clicks + 1 }))
    .cogroup(builder.stream(views).groupByKey(), (visit) => ({ ...visit, views: visit.views + 1 }))
}

const init = (): Visit => ({ clicks: 0, views: 0 })

function piped(builder: StreamsBuilder, records: readonly (readonly [typeof clicks, number])[]): unknown[] {
  using tested = new TopologyTestDriver(builder.build())
  for (const [from, timestamp] of records) tested.inputTopic(from).pipe('a', 'x', { timestamp })
  return tested
    .outputTopic(output)
    .readRecords()
    .map(({ key, value, timestamp }) => [key, value, timestamp])
}

function toOutput(table: KTable<Windowed<string>, Visit>): void {
  table
    .toStream()
    .map((visit, { key, window }) => [`${key}[${window.start},${window.end}]`, visit])
    .to(output)
}

describe('cogroup', () => {
  it('folds several streams into one aggregate', () => {
    const builder = new StreamsBuilder()
    cogrouped(builder).aggregate({ init }).toStream().to(output)
    expect(
      piped(builder, [
        [clicks, 5],
        [views, 3],
        [clicks, 7],
      ]),
    ).toEqual([
      ['a', { clicks: 1, views: 0 }, 5],
      ['a', { clicks: 1, views: 1 }, 5],
      ['a', { clicks: 2, views: 1 }, 7],
    ])
  })

  it('has one aggregate a window', () => {
    const builder = new StreamsBuilder()
    toOutput(cogrouped(builder).windowedBy(tumbling(10)).aggregate({ init }))
    expect(
      piped(builder, [
        [clicks, 5],
        [views, 12],
      ]),
    ).toEqual([
      ['a[0,10]', { clicks: 1, views: 0 }, 5],
      ['a[10,20]', { clicks: 0, views: 1 }, 12],
    ])
  })

  it('merges sessions of all its streams', () => {
    const builder = new StreamsBuilder()
    const merge = (one: Visit, other: Visit): Visit => ({
      clicks: one.clicks + other.clicks,
      views: one.views + other.views,
    })
    toOutput(cogrouped(builder).windowedBy(session(5)).aggregate({ init, merge }))
    expect(
      piped(builder, [
        [clicks, 5],
        [views, 8],
      ]).at(-1),
    ).toEqual(['a[5,8]', { clicks: 1, views: 1 }, 8])
    const without = cogrouped(new StreamsBuilder()).windowedBy(session(5))
    expect(() => without.aggregate({ init })).toThrow(/sessions need `merge`/)
  })

  it('names its nodes, all on one store', () => {
    const builder = new StreamsBuilder()
    cogrouped(builder).aggregate({ init, name: 'visits', store: 'visit-store' })
    const text = builder.build().describe()
    for (const name of ['visits-cogroup-agg-0', 'visits-cogroup-agg-1']) {
      expect(text).toContain(`Processor: ${name} (stores: [visit-store])\n      --> visits-cogroup-merge`)
    }
  })

  it('repartitions each stream whose key has changed once, however often it is aggregated', () => {
    const builder = new StreamsBuilder()
    const group = builder.stream(clicks).groupBy((value) => value)
    const both = group.cogroup<number>((n) => n + 1)
    both.aggregate({ init: () => 0 })
    both.windowedBy(tumbling(10)).aggregate({ init: () => 0 })
    expect(
      builder
        .build()
        .describe()
        .match(/-repartition\)/g),
    ).toHaveLength(1)
  })
})
