import { TopologyTestDriver } from '@millrace/testing'
import { json, KStream, KTable, long, StreamsBuilder, string, topic, tumbling } from 'millrace'
import { addProcessor, ForwardingProcessor, type StreamHandle, type StreamRecord, streamBelow } from 'millrace/operator'
import { describe, expect, it } from 'vitest'

class Twice extends ForwardingProcessor<string, string> {
  process(record: StreamRecord<string, string>): void {
    this.context.forward(record)
    this.context.forward(record.withValue(record.value + record.value))
  }
}

/** An operator as a package outside of Millrace writes it, on public entries alone. */
function twice(name?: string): (stream: StreamHandle<string, string>) => StreamHandle<string, string> {
  return (stream) => {
    const node = addProcessor(stream.graph, stream.node, {
      name: stream.graph.nameOr(name, 'MY-TWICE-'),
      supplier: () => new Twice(),
    })
    return streamBelow(stream, node, stream)
  }
}

const input = topic('in', { key: string(), value: string() })

describe('apply', () => {
  it('makes an operator of anybody a step like any other', () => {
    const builder = new StreamsBuilder()
    builder.stream(input).apply(twice()).apply(twice('again')).to('out')
    const topology = builder.build()
    expect(topology.describe()).toContain('Processor: MY-TWICE-0000000001 (stores: [])\n      --> again')
    using driver = new TopologyTestDriver(topology)
    driver.inputTopic(input).pipe('k', 'a')
    const values = driver.outputTopic(topic('out', { value: string() })).readValues()
    expect(values).toEqual(['a', 'aa', 'aa', 'aaaa'])
  })

  it('gives the façade of what the operator gives, on every façade', () => {
    const stream = new StreamsBuilder().stream(input)
    const grouped = stream.groupByKey()
    const table = stream.toTable()
    const back = (): StreamHandle<string, string> => stream.handle
    for (const facade of [
      stream.apply(back),
      table.apply(back),
      grouped.apply(back),
      grouped.windowedBy(tumbling(1)).apply(back),
      table.groupBy((value, key) => [key, value]).apply(back),
      grouped.cogroup<string>((a) => a).apply(back),
    ]) {
      expect(facade).toBeInstanceOf(KStream)
    }
    expect(stream.apply(() => table.handle)).toBeInstanceOf(KTable)
    expect(stream.apply(() => 42)).toBe(42)
    expect(stream.apply(() => undefined)).toBe(undefined)
  })
})

describe('a pipeline', () => {
  it('runs through joins, windows and tables', () => {
    const builder = new StreamsBuilder()
    const airports = builder.globalTable(topic('airports', { value: json<{ state: string }>() }))
    const delays = builder
      .stream(topic('flights', { value: json<{ origin: string; delay: number }>() }))
      .filter((flight) => flight.delay > 0)
      .join(airports, { key: (flight) => flight.origin, join: (flight, airport) => ({ ...flight, ...airport }) })
      .groupBy((flight) => flight.state, { value: json() })
      .windowedBy(tumbling('1 hour', { grace: '15 min' }))
      .aggregate({ init: () => 0, add: (sum, flight) => sum + flight.delay, store: 'delays', value: long() })
    delays.toStream((_sum, { key, window }) => `${key}@${window.start}`).to('out', { key: string() })
    using driver = new TopologyTestDriver(builder.build())
    driver.inputTopic(topic('airports', { value: json<{ state: string }>() })).pipe('DFW', { state: 'TX' })
    const flights = driver.inputTopic(topic('flights', { value: json<{ origin: string; delay: number }>() }))
    flights.pipe('1', { origin: 'DFW', delay: 5 }, { timestamp: 10 })
    flights.pipe('2', { origin: 'DFW', delay: -5 }, { timestamp: 20 })
    flights.pipe('3', { origin: 'XXX', delay: 5 }, { timestamp: 30 })
    flights.pipe('4', { origin: 'DFW', delay: 7 }, { timestamp: 3_600_000 })
    flights.pipe('5', { origin: 'DFW', delay: 8 }, { timestamp: 40 })
    expect(driver.outputTopic(topic('out', { value: long() })).readKeyValues()).toEqual([
      ['TX@0', 5],
      ['TX@3600000', 7],
      ['TX@0', 13],
    ])
  })
})
