import { TopologyTestDriver } from '@millrace/testing'
import { json, type KGroupedTable, type KTable, long, StreamsBuilder, string, topic } from 'millrace'
import { describe, expect, it } from 'vitest'

interface Seat {
  readonly flight: string | null
  readonly price: number
}

const seats = topic('seats', { key: string(), value: json<Seat>() })
const output = topic('out', { key: string(), value: long() })

function driver(
  define: (grouped: KGroupedTable<string, number>) => KTable<string, number>,
  versioned?: number,
): TopologyTestDriver {
  const builder = new StreamsBuilder()
  const grouped = builder
    .table(seats, { store: 'seats', versioned })
    .groupBy(({ flight, price }) => (flight === null ? null : [flight, price]), { key: string(), value: long() })
  define(grouped).toStream().to(output)
  return new TopologyTestDriver(builder.build())
}

function results(tested: TopologyTestDriver): string[] {
  return tested
    .outputTopic(output)
    .readRecords()
    .map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`)
}

const sum = {
  init: () => 0,
  add: (total: number, price: number) => total + price,
  subtract: (total: number, price: number) => total - price,
}

describe('aggregation of a grouped table', () => {
  it('takes the old row away before it adds the new one', () => {
    using tested = driver((grouped) => grouped.aggregate(sum))
    const input = tested.inputTopic(seats)
    input.pipe('1a', { flight: 'LH1', price: 100 }, { timestamp: 10 })
    input.pipe('1b', { flight: 'LH1', price: 50 }, { timestamp: 5 })
    input.pipe('1a', { flight: 'LH2', price: 70 }, { timestamp: 20 })
    input.pipe('1b', null, { timestamp: 21 })
    expect(results(tested)).toEqual(['LH1=100@10', 'LH1=150@10', 'LH1=50@20', 'LH2=70@20', 'LH1=0@21'])
  })

  it('updates once where a row stays in its group, and the topic has both values in one record', () => {
    using tested = driver((grouped) => grouped.aggregate({ ...sum, store: 'sums' }))
    const input = tested.inputTopic(seats)
    input.pipe('1a', { flight: 'LH1', price: 100 }, { timestamp: 1 })
    input.pipe('1a', { flight: 'LH1', price: 90 }, { timestamp: 2 })
    expect(results(tested)).toEqual(['LH1=100@1', 'LH1=90@2'])
    const flags = tested.takeProduced('test-sums-repartition').map(({ value }) => value?.at(-1))
    expect(flags).toEqual([1, 2])
  })

  it('leaves rows out for which the mapper gives nothing', () => {
    using tested = driver((grouped) => grouped.count())
    const input = tested.inputTopic(seats)
    input.pipe('1a', { flight: null, price: 1 }, { timestamp: 0 })
    input.pipe('1a', { flight: 'LH1', price: 1 }, { timestamp: 1 })
    input.pipe('1a', { flight: null, price: 1 }, { timestamp: 2 })
    expect(results(tested)).toEqual(['LH1=1@1', 'LH1=0@2'])
  })

  it('keeps the first value of a reduction as it is, and starts anew after a deletion', () => {
    using tested = driver((grouped) =>
      grouped.reduce({ add: (a, b) => a + b, subtract: (a, b) => (a === b ? null : a - b) }),
    )
    const input = tested.inputTopic(seats)
    input.pipe('1a', { flight: 'LH1', price: 7 }, { timestamp: 9 })
    input.pipe('1a', null, { timestamp: 3 })
    input.pipe('1a', { flight: 'LH1', price: 8 }, { timestamp: 4 })
    expect(results(tested)).toEqual(['LH1=7@9', 'LH1=null@9', 'LH1=8@4'])
  })

  it('leaves out updates of a versioned table that are not the latest', () => {
    using tested = driver((grouped) => grouped.aggregate(sum), 1000)
    const input = tested.inputTopic(seats)
    input.pipe('1a', { flight: 'LH1', price: 100 }, { timestamp: 10 })
    input.pipe('1a', { flight: 'LH2', price: 1 }, { timestamp: 5 })
    expect(results(tested)).toEqual(['LH1=100@10'])
  })

  it('shares the repartition topic of a named grouping', () => {
    const builder = new StreamsBuilder()
    const grouped = builder.table(seats).groupBy(({ price }) => ['all', price], { name: 'prices', value: long() })
    grouped.count()
    grouped.aggregate(sum)
    const text = builder.build().describe()
    expect(text.match(/topics: \[prices-repartition\]/g)).toHaveLength(1)
  })
})
