/**
 * Every construct in the tables of coming-from-kafka-streams.md, so that `npm run check` fails when one does not compile any
 * more. Not meant to be run. In the order of the guide.
 */

import { TopologyTestDriver } from '@millrace/testing'
import {
  hopping,
  joinWindows,
  json,
  type KeyValueStore,
  keyValueStore,
  long,
  memoryLog,
  type Processor,
  type ProcessorContext,
  type StreamRecord,
  StreamsApp,
  StreamsBuilder,
  session,
  sliding,
  string,
  topic,
  tumbling,
  unlimited,
  untilTimeLimit,
  untilWindowCloses,
} from 'millrace'

interface Flight {
  readonly state: string
  readonly delay: number
}

const value = json<Flight>()
const t = topic('t', { key: string(), value })

// Building and running
const builder = new StreamsBuilder()
builder.build({ optimization: 'all' })
builder.build({ explicitNaming: true })
builder.build({ processorWrapper: undefined })
const app = new StreamsApp(builder.build(), { applicationId: 'my-app', log: memoryLog(), commitIntervalMs: 100 })
app.onStateChange(() => {})
export const facts: unknown[] = [builder.build().describe(), app.state, app.finished]

// Streams and tables
const stream = builder.stream(t)
builder.stream(['a', 'b'], { value })
builder.stream(/a-.*/, { value })
const table = builder.table(t, { store: 's' })
const global = builder.globalTable(t)
stream.mapValues((flight, key) => flight.delay + key.length)
stream.flatMap((flight, key) => [[key, flight]])
const { late } = stream
  .split({ name: 'x-' })
  .branch((flight) => flight.delay > 15, { name: 'late' })
  .defaultBranch()
late.repartition({ name: 'x', partitions: 8 })
stream.to(t)
stream.to((flight, key) => flight.state + key, { key: string(), value })
stream.toTable({ store: 's' })

// Grouping, windows, aggregation
const windows = tumbling('1 hour', { grace: '15 min' })
const grouped = stream.groupBy((flight) => flight.state)
grouped.windowedBy(windows, { emit: 'onWindowClose' })
grouped.windowedBy(hopping('1 hour', { advance: '10 min' }))
grouped.windowedBy(sliding('5 min'))
grouped.windowedBy(unlimited())
grouped.count({ store: 'counts', caching: false })
grouped.reduce((aggregate, flight) => (aggregate.delay > flight.delay ? aggregate : flight))
grouped.aggregate({ init: () => 0, add: (aggregate, flight, key) => aggregate + flight.delay + key.length })
grouped
  .windowedBy(session('30 min', { grace: '5 min' }))
  .aggregate({ init: () => 0, add: (n) => n + 1, merge: (a, b, key) => a + b + key.length })
table
  .groupBy((flight, key) => [flight.state, key])
  .aggregate({ init: () => 0, add: (n) => n + 1, subtract: (n) => n - 1, store: 'by-state' })
grouped
  .cogroup<number>((sum, flight) => sum + flight.delay)
  .cogroup(grouped, (sum) => sum)
  .aggregate({ init: () => 0 })
grouped.windowedBy(windows).count().suppress(untilWindowCloses())
table.suppress(untilTimeLimit('5 min', { maxRecords: 1000 }))

// Joins
stream.join(table, (flight, row, key) => [flight, row, key], { grace: '1 min' })
stream.join(global, { key: (flight, key) => flight.state + key, join: (flight, row) => [flight, row] })
stream.join(stream, {
  join: (one, other) => [one, other],
  windows: joinWindows({ before: '1 min', after: '2 min', grace: '10 s' }),
  store: 's',
})
table.join(table, (one, other) => [one, other], { store: 's' })
table.join(table, { foreignKey: (flight, key) => flight.state + key, join: (one, other) => [one, other] })

// Processor API
class Remember implements Processor<string, Flight> {
  #context!: ProcessorContext<string, Flight>
  #store!: KeyValueStore<string, number>

  init(context: ProcessorContext<string, Flight>): void {
    this.#context = context
    this.#store = context.store('s')
    context.schedule(10_000, 'stream-time', (time) => {
      for (const [key, delay] of this.#store.all()) facts.push([time, key, delay])
    })
  }

  process(record: StreamRecord<string, Flight>): void {
    this.#context.forward(record.withValue(record.value))
  }
}
builder.addStateStore(keyValueStore({ name: 's', keySerde: string(), valueSerde: long() }))
stream.process(() => new Remember(), { stores: ['s'] })

// Testing
using driver = new TopologyTestDriver(builder.build())
driver.inputTopic(t).pipe('JFK', { state: 'NY', delay: 3 }, { timestamp: 0 })
driver.outputTopic(t).readKeyValuesToMap()
driver.advanceWallClockTime(1000)
driver.store('s')
