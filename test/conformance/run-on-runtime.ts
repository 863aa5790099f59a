/**
 * Runs a case on the real runtime over the embedded log: a StreamsApp, inputs fed one at a time, run until quiet, a commit
 * after each round. Time is a manual clock's. Gives what tiers 1 and 2 compare.
 *
 * Unlike in the driver each sub-topology is a task of its own, with stream time of its own.
 */

import { ManualClock } from '@millrace/testing'
import {
  bytes,
  Headers,
  type Log,
  memoryLog,
  produce,
  readTopic,
  StreamsApp,
  StreamsBuilder,
  type Topic,
  topic,
} from 'millrace'
import { internalTopics } from 'millrace/runtime'
import type { Case, Expectation, Input, Step } from './case.ts'
import { Interpreter } from './interpreter.ts'
import { javaErrorName } from './java-error-name.ts'
import { contents, decoded, loggedOnly, shownPair } from './shown.ts'
import { call, type Json, type Reference, text, valueSerde } from './values.ts'

const APPLICATION_ID = 'oracle'
/** Longer than any case's clock: sessions never expire. */
const NEVER_MS = 1e12

export async function runCaseOnRuntime(given: Case): Promise<Expectation> {
  const clock = new ManualClock()
  const log = memoryLog({ clock })
  let app: StreamsApp | undefined
  try {
    const builder = new StreamsBuilder()
    const interpreter = new Interpreter(builder, given.topology)
    const topology = builder.build({ optimization: (given.config?.optimization ?? 'none') as 'none' | 'all' })
    const inputs = [...interpreter.inputs.keys()]
    const outputTopics = new Set([...interpreter.outputs.keys(), ...dynamicTopics(given)])
    const names = new Set([...inputs, ...outputTopics])
    await log.admin.createTopics([...names].map((name) => ({ name, partitions: 1, config: { 'retention.ms': '-1' } })))
    app = new StreamsApp(topology, {
      applicationId: APPLICATION_ID,
      log,
      commitIntervalMs: 0,
      cacheMaxBytes: given.config?.cacheBytes ?? 0,
      emitIntervalMs: 0,
      sessionTimeoutMs: NEVER_MS,
      heartbeatIntervalMs: NEVER_MS,
    })
    await app.start()
    const internal = internalTopics(topology, APPLICATION_ID).map(({ name }) => name)
    const sources = [...inputs, ...internal].filter((name) => !name.endsWith('-changelog'))
    const quiet = (): Promise<void> => untilQuiet(log, app as StreamsApp, sources)
    await quiet()
    for (const input of given.inputs) {
      await feed(log, clock, interpreter, input)
      await quiet()
    }
    const failed = app.state === 'error'
    const outputs: Record<string, Json[]> = {}
    for (const [name, format] of interpreter.outputs) {
      outputs[name] = []
      for await (const record of readTopic(log, raw(name))) {
        outputs[name].push(decoded(name, format, record))
      }
    }
    const stores: Record<string, { kind: string; entries: Json[] }> = {}
    for (const [name, format] of interpreter.stores) {
      const entries = contents(app.stores(name)[0], format)
      const shownEntries = format.kind === 'versioned' ? loggedOnly(entries, await logged(log, name)) : entries
      stores[name] = { kind: format.kind, entries: shownEntries }
    }
    const peeks = Object.fromEntries([...interpreter.peeks].map(([id, seen]) => [id, seen.map(shownPair)]))
    const shown = { outputs, ...(interpreter.peeks.size > 0 ? { peeks } : {}) }
    if (!failed) return { ...shown, stores }
    const error = await app.finished.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    return { ...shown, error: { stage: 'run', type: javaErrorName(error), message: String(error) } }
  } catch (error) {
    return { error: { stage: 'build', type: javaErrorName(error), message: String(error) } }
  } finally {
    await app?.close().catch(() => {})
    await log.close()
  }
}

function raw(name: string): Topic<Uint8Array, Uint8Array> {
  return topic(name, { key: bytes(), value: bytes() })
}

async function feed(log: Log, clock: ManualClock, interpreter: Interpreter, input: Input): Promise<void> {
  if ('advanceWallClock' in input) {
    clock.advance(input.advanceWallClock)
    return
  }
  const { key, value, timestamp, headers = [] } = input
  const serde = valueSerde(interpreter.inputs.get(input.topic) ?? 'string')
  await produce(log, raw(input.topic), [
    {
      key: key === null ? null : Buffer.from(key),
      value: value === null ? null : serde.encode(value, { topic: input.topic, isKey: false }),
      timestamp,
      headers: new Headers(
        headers.map(([name, content]) => ({ key: name, value: content === null ? null : Buffer.from(content) })),
      ),
    },
  ])
}

/** What is in a store's changelog, if it has one of its own. */
async function logged(log: Log, store: string): Promise<Json[]> {
  const name = `${APPLICATION_ID}-${store}-changelog`
  if ((await log.admin.describeTopics([name])).length === 0) return []
  const keys: Json[] = []
  for await (const { key } of readTopic(log, raw(name))) keys.push({ key: Buffer.from(key ?? []).toString('hex') })
  return keys
}

/** Quiet: every record of every topic that tasks read is committed, and stays so for some turns of the event loop. */
async function untilQuiet(log: Log, app: StreamsApp, sources: readonly string[]): Promise<void> {
  let calm = 0
  for (let turn = 0; calm < 12 && turn < 5000 && app.state !== 'error'; turn++) {
    await log.clock.yield()
    const committed = new Map(
      (await log.admin.groupOffsets(APPLICATION_ID)).map((offset) => [offset.topic, offset.offset]),
    )
    const existing = (await log.admin.describeTopics(sources)).map(({ name }) => ({ topic: name, partition: 0 }))
    const ends = await log.admin.listOffsets(existing, 'latest', 'read_committed')
    const behind = ends.some(
      ({ topic: name, offset }) => committed.has(name) && (committed.get(name) as number) < offset,
    )
    const untouched = ends.some(({ topic: name, offset }) => !committed.has(name) && offset > 0 && turn < 40)
    calm = behind || untouched || app.state !== 'running' ? 0 : calm + 1
  }
}

/** Topics that a topic extractor may choose: they must exist before. */
function dynamicTopics(given: Case): string[] {
  const prefixes = given.topology
    .filter((step: Step) => step.topicFrom !== undefined)
    .map((step) => call(step.topicFrom as Reference).args[0] as string)
  if (prefixes.length === 0) return []
  const expected = Object.keys(given.expect.outputs ?? {})
  const keys = given.inputs.flatMap((input) => ('topic' in input ? [text(input.key)] : []))
  return [...expected, ...prefixes.flatMap((prefix) => keys.map((key) => prefix + key))].filter((name) => name !== '')
}
