/**
 * Runs a case through the TopologyTestDriver and says what came out, in the form of FORMAT.md's `expect`.
 */

import { type ProducedRecord, TopologyTestDriver } from '@millrace/testing'
import { type BuiltTopology, Headers, StreamsBuilder } from 'millrace'
import { internalTopics } from 'millrace/runtime'
import type { Case, Expectation, Input } from './case.ts'
import { Interpreter } from './interpreter.ts'
import { javaErrorName } from './java-error-name.ts'
import { contents, decoded, headersShown, loggedOnly, shownPair } from './shown.ts'
import { type Json, valueSerde } from './values.ts'

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
    else outputs[name] = produced.map((record) => decoded(name, format, record))
  }
  const peeks = Object.fromEntries([...interpreter.peeks].map(([id, seen]) => [id, seen.map(shownPair)]))
  const stores: Record<string, { kind: string; entries: Json[] }> = {}
  if (error === undefined) {
    for (const [name, format] of interpreter.stores) {
      const entries = contents(driver.store(name), format)
      const changelog = internal[`${APPLICATION_ID}-${name}-changelog`]
      stores[name] = {
        kind: format.kind,
        entries: format.kind === 'versioned' ? loggedOnly(entries, changelog) : entries,
      }
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

const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'))

function raw(record: ProducedRecord): Json {
  return {
    key: hex(record.key),
    value: hex(record.value),
    timestamp: record.timestamp ?? null,
    ...headersShown(record.headers, (value) => hex(value) as string),
  }
}
