/**
 * One topology through our test driver with its defaults (values serialised through stores, deeply frozen): the twin of
 * java/…/Driver.java. Arguments: topology, records. Prints one line of JSON: seconds and CPU seconds of the last pass, and
 * a checksum of its output.
 */

import { crc32 } from 'node:zlib'
import { type TestOutputTopic, TopologyTestDriver } from '@millrace/testing'
import { type BuiltTopology, long, type Serde, StreamsBuilder, string, topic, tumbling } from 'millrace'

const KEYS = 1_000
const DRAIN = 1_000

const input = topic('in', { key: string(), value: string() })
const userTopic = topic('users', { key: string(), value: string() })

function topology(name: string): BuiltTopology {
  const builder = new StreamsBuilder()
  const stream = builder.stream(input)
  if (name === 'count') {
    stream
      .groupByKey()
      .count({ store: 'counts' })
      .toStream()
      .to('out', { key: string(), value: long() as Serde<number | null> })
  } else if (name === 'windowed-count') {
    stream
      .groupByKey()
      .windowedBy(tumbling('1 min', { grace: '10 s' }))
      .count({ store: 'counts' })
      .toStream()
      .map((count, { key, window }) => [`${key}@${window.start}`, count])
      .to('out', { key: string(), value: long() as Serde<number | null> })
  } else if (name === 'join') {
    const users = builder.table(userTopic, { store: 'users-store' })
    stream.join(users, (value, user) => `${value}|${user}`).to('out', { key: string(), value: string() })
  } else throw new Error(`no topology ${name}`)
  return builder.build()
}

function pass(name: string, records: number): object {
  using driver = new TopologyTestDriver(topology(name))
  const joins = name === 'join'
  const into = driver.inputTopic(input)
  const users = joins ? driver.inputTopic(userTopic) : undefined
  const value: Serde<string | number> = joins
    ? (string() as Serde<string | number>)
    : (long() as Serde<string | number>)
  const out = driver.outputTopic(topic('out', { key: string(), value }))
  const drained = { checksum: 0, count: 0 }
  let state = 1n
  const states = Array.from({ length: records }, () => {
    state = (state * 1_103_515_245n + 12_345n) & 0x7fffffffn
    return Number(state)
  })
  const cpu = process.cpuUsage()
  const start = performance.now()
  for (let id = 0; id < records; id++) {
    const drawn = states[id]
    const key = `user-${(drawn >> 8) % KEYS}`
    const timestamp = 1_700_000_000_000 + id * 10
    const text = `{"id":${id},"user":"${key}","amount":${drawn % 100_000}}`
    // Every tenth record is an update of the table.
    if (users !== undefined && id % 10 === 0) users.pipe(key, text, { timestamp })
    else into.pipe(key, text, { timestamp })
    if (id % DRAIN === DRAIN - 1) drain(out, drained)
  }
  drain(out, drained)
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, cpuSeconds: (user + system) / 1e6, outputs: drained.count, checksum: drained.checksum }
}

function drain(out: TestOutputTopic<string, string | number>, into: { checksum: number; count: number }): void {
  for (const { key, value, timestamp } of out.readRecords()) {
    into.checksum = crc32(`${key},${value},${timestamp}\n`, into.checksum)
    into.count++
  }
}

const [name, count] = process.argv.slice(2)
const records = Number(count)
pass(name, Math.min(records, 100_000))
globalThis.gc?.()
console.log(JSON.stringify(pass(name, records)))
