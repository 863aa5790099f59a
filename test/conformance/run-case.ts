/**
 * Runs a case through the TopologyTestDriver and says what came out, in the form of FORMAT.md's `expect`.
 */

import { type BuiltTopology, Headers, StreamsBuilder } from 'millrace'
import { internalTopics } from 'millrace/runtime'
import { type ProducedRecord, TopologyTestDriver } from '@millrace/testing'
import type { Case, Expectation, Input } from './case.ts'
import { type Format, Interpreter, type StoreFormat } from './interpreter.ts'
import { javaErrorName } from './java-error-name.ts'
import { type Json, keySerde, valueSerde } from './values.ts'

const APPLICATION_ID = 'oracle'

export function runCase(given: Case, options: { freezeValues?: boolean } = {}): Expectation {
  let interpreter: Interpreter
  let topology: BuiltTopology
  let driver: TopologyTestDriver
  try {
    const builder = new StreamsBuilder()
    interpreter = new Interpreter(builder, given.topology)
    topology = builder.build({ optimization: (given.config?.optimization ?? 'none') as 'none' | 'all' })
    driver = new TopologyTestDriver(topology, {
      applicationId: APPLICATION_ID,
      cacheMaxBytes: given.config?.cacheBytes ?? 0,
      ...options,
    })
  } catch (error) {
    return { error: failure('build', error) }
  }
  let error: Expectation['error']
  try {
    for (const input of given.inputs) feed(driver, interpreter, input)
  } catch (thrown) {
    error = failure('run', thrown)
  }
  const outputs: Record<string, Json[]> = {}
  for (const name of interpreter.outputs.keys()) outputs[name] = []
  const internal: Record<string, Json[]> = {}
  for (const name of driver.producedTopics()) {
    const format = interpreter.outputs.get(name)
    const produced = driver.takeProduced(name)
    if (format === undefined) internal[name] = produced.map(raw)
    else outputs[name] = produced.map((record) => output(name, record, format))
  }
  const peeks = Object.fromEntries([...interpreter.peeks].map(([id, seen]) => [id, seen.map(shownPair)]))
  const stores: Record<string, { kind: string; entries: Json[] }> = {}
  if (error === undefined) {
    for (const [name, format] of interpreter.stores) {
      stores[name] = { kind: format.kind, entries: contents(driver.store(name), format) }
    }
  }
  driver.close()
  return {
    ...(error === undefined ? { stores } : { error }),
    outputs,
    ...(interpreter.peeks.size > 0 ? { peeks } : {}),
    describe: topology.describe(),
    internalTopics: Object.fromEntries(
      internalTopics(topology, APPLICATION_ID).map(({ name, partitions, config }) => [
        name,
        { ...(partitions === undefined ? {} : { partitions }), ...config },
      ]),
    ) as Json,
    internal,
  }
}

function failure(stage: 'build' | 'run', error: unknown): NonNullable<Expectation['error']> {
  return { stage, type: javaErrorName(error), message: error instanceof Error ? error.message : String(error) }
}

function feed(driver: TopologyTestDriver, interpreter: Interpreter, input: Input): void {
  if ('advanceWallClock' in input) {
    driver.advanceWallClockTime(input.advanceWallClock)
    return
  }
  const { topic, key, value, timestamp } = input
  const headers = new Headers(
    (input.headers ?? []).map(([name, content]) => ({
      key: name,
      value: content === null ? null : Buffer.from(content),
    })),
  )
  const serde = valueSerde(interpreter.inputs.get(topic) ?? 'string')
  driver.pipeRaw(topic, {
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : serde.encode(value, { topic, isKey: false }),
    timestamp,
    headers,
  })
}

function shownKey(key: unknown): Json {
  if (typeof key === 'object' && key !== null && 'window' in key) {
    const { key: inner, window } = key as { key: string; window: { start: number; end: number } }
    return { key: inner, windowStart: window.start, windowEnd: window.end }
  }
  return key as Json
}

function shownPair({ key, value }: { key: unknown; value: unknown }): Json {
  return { key: shownKey(key), value: value as Json }
}

function output(topic: string, record: ProducedRecord, format: Format): Json {
  const decode = (bytes: Uint8Array | null, isKey: boolean): unknown => {
    if (bytes === null) return null
    const buffer = Buffer.from(bytes)
    const serde = isKey ? keySerde(format.key) : valueSerde(format.value)
    return serde.decode(buffer, 0, buffer.length, { topic, isKey })
  }
  const headers = [...record.headers].map(({ key, value }): Json => [
    key,
    value === null ? null : Buffer.from(value).toString('utf8'),
  ])
  return {
    key: shownKey(decode(record.key, true)),
    value: decode(record.value, false) as Json,
    timestamp: record.timestamp ?? null,
    ...(headers.length > 0 ? { headers } : {}),
  }
}

const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'))

function raw(record: ProducedRecord): Json {
  const headers = [...record.headers].map(({ key, value }): Json => [key, hex(value)])
  return {
    key: hex(record.key),
    value: hex(record.value),
    timestamp: record.timestamp ?? null,
    ...(headers.length > 0 ? { headers } : {}),
  }
}

interface Iterated {
  all(): Iterable<readonly [unknown, unknown]>
}

function contents(store: unknown, format: StoreFormat): Json[] {
  if (store === undefined) return []
  return [...(store as Iterated).all()].map(([key, stored]): Json => {
    if (format.kind === 'plain' || format.kind === 'session') return shownPair({ key, value: stored })
    const { value, timestamp } = stored as { value: Json; timestamp: number }
    return { key: shownKey(key), value, timestamp }
  })
}
