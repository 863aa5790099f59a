/** Records that fail, in an app on the embedded log, under both guarantees: what is written, dropped, counted, dead-lettered. */

import { describe, expect, it } from 'vitest'
import {
  type Headers,
  json,
  type Log,
  LogError,
  memoryLog,
  produce,
  readTopic,
  type Serde,
  StreamsApp,
  type StreamsAppOptions,
  StreamsBuilder,
  string,
  topic,
} from '../index.ts'
import type { Producer } from '../log/producer.ts'

const input = topic('in', { key: string(), value: string() })
const output = topic('out', { key: string(), value: string() })
const dead = topic('dead', { key: string(), value: string() })

const FAST = {
  applicationId: 'app',
  commitIntervalMs: 20,
  pollMs: 5,
  lingerMs: 5,
  cacheMaxBytes: 0,
  heartbeatIntervalMs: 40,
  sessionTimeoutMs: 1000,
} as const

const GUARANTEES = ['at_least_once', 'exactly_once_v2'] as const

/** Refuses what begins with `bad`. */
const picky: Serde<string> = {
  ...string(),
  name: 'picky',
  encode(value, context) {
    if (value.startsWith('bad')) throw new RangeError(`no ${value}`)
    return string().encode(value, context)
  },
}
delete (picky as { text?: unknown }).text

function echo(log: Log, options: Partial<StreamsAppOptions>, value: Serde<string> = string()): StreamsApp {
  const builder = new StreamsBuilder()
  builder.stream(input).to(topic('out', { key: string(), value }))
  return new StreamsApp(builder.build(), { ...FAST, log, ...options })
}

async function logWith(outputConfig: Record<string, string> = {}): Promise<Log> {
  const log = memoryLog()
  await log.admin.createTopics([
    { name: 'in', partitions: 1 },
    { name: 'out', partitions: 1, config: outputConfig },
    { name: 'dead', partitions: 1 },
  ])
  return log
}

const send = (log: Log, ...values: string[]): Promise<void> =>
  produce(
    log,
    input,
    values.map((value) => ({ key: 'k', value, timestamp: 7 })),
  )

async function valuesOf(log: Log, from: typeof output = output): Promise<string[]> {
  const values: string[] = []
  for await (const { value } of readTopic(log, from)) values.push(value ?? '')
  return values
}

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const shown = (headers: Headers | undefined): Record<string, string> =>
  Object.fromEntries(
    [...(headers ?? [])].map(({ key, value }) => [
      key.replace('__streams.errors.', ''),
      Buffer.from(value ?? []).toString(),
    ]),
  )

describe.each(GUARANTEES)('%s: a record that cannot be serialised', (processingGuarantee) => {
  it('ends the thread with its source record by default', async () => {
    const log = await logWith()
    const app = echo(log, { processingGuarantee }, picky)
    await send(log, 'good', 'bad')
    await app.start()
    await expect(app.finished).rejects.toMatchObject({
      code: 'MILLRACE_SERDE',
      coordinates: { topic: 'in', partition: 0, offset: 1, task: '0_0', operator: 'KSTREAM-SINK-0000000001' },
    })
  })

  it('is left out and counted where the production handler says continue', async () => {
    const log = await logWith()
    await using app = echo(log, { processingGuarantee, productionExceptionHandler: 'continue' }, picky)
    await send(log, 'good', 'bad', 'last')
    await app.start()
    await until(async () => (await valuesOf(log)).includes('last'), 'the last is written')
    expect(await valuesOf(log)).toEqual(['good', 'last'])
    expect(app.metrics().dropped).toEqual({ 'KSTREAM-SINK-0000000001:unserializable': 1 })
  })

  it('goes to the dead letter topic as it came in', async () => {
    const log = await logWith()
    await using app = echo(
      log,
      { processingGuarantee, productionExceptionHandler: 'dead-letter', deadLetterTopic: 'dead' },
      picky,
    )
    await send(log, 'good', 'bad one')
    await app.start()
    await until(async () => (await valuesOf(log, dead)).length === 1, 'it is there')
    for await (const { key, value, timestamp, headers } of readTopic(log, dead)) {
      expect({ key, value, timestamp }).toEqual({ key: 'k', value: 'bad one', timestamp: 7 })
      expect(shown(headers)).toMatchObject({
        exception: 'RangeError',
        message: 'no bad one',
        topic: 'in',
        partition: '0',
        offset: '1',
      })
    }
  })
})

describe.each(GUARANTEES)('%s: a record that is too large', (processingGuarantee) => {
  const large = 'x'.repeat(20_000)

  it('for maxRequestSize is the production handler’s, before it is part of anything', async () => {
    const log = await logWith()
    await using app = echo(log, {
      processingGuarantee,
      maxRequestSize: 10_000,
      productionExceptionHandler: 'dead-letter',
      deadLetterTopic: 'dead',
    })
    await send(log, 'first', large, 'last')
    await app.start()
    await until(async () => (await valuesOf(log)).includes('last'), 'the last is written')
    expect(await valuesOf(log)).toEqual(['first', 'last'])
    await until(async () => (await valuesOf(log, dead)).length === 1, 'it is dead-lettered')
    expect(await valuesOf(log, dead)).toEqual([large])
    expect(app.metrics().dropped).toEqual({ 'KSTREAM-SINK-0000000001:too-large': 1 })
  })

  it('for its topic is left out, it alone, though it came in a batch with others', async () => {
    const log = await logWith({ 'max.message.bytes': '10000' })
    await using app = echo(log, {
      processingGuarantee,
      productionExceptionHandler: 'dead-letter',
      deadLetterTopic: 'dead',
    })
    await send(log, 'first', large, 'second', large, 'last')
    await app.start()
    await until(async () => (await valuesOf(log, dead)).length === 2, 'both are dead-lettered')
    const written = await valuesOf(log)
    if (processingGuarantee === 'exactly_once_v2') expect(written).toEqual(['first', 'second', 'last'])
    else expect([...new Set(written)]).toEqual(['first', 'second', 'last'])
    expect(await valuesOf(log, dead)).toEqual([large, large])
    expect(app.state).toBe('running')
  })

  it('for its topic ends the thread by default', async () => {
    const log = await logWith({ 'max.message.bytes': '10000' })
    const app = echo(log, { processingGuarantee })
    await send(log, large)
    await app.start()
    await expect(app.finished).rejects.toMatchObject({
      code: 'MILLRACE_PRODUCTION',
      message: expect.stringContaining('max.message.bytes'),
    })
  })

  it('in a changelog is never left out: the state would be wrong', async () => {
    const log = await logWith()
    const builder = new StreamsBuilder()
    builder
      .stream(input)
      .groupByKey()
      .aggregate({ init: () => '', add: (_all, value) => value.repeat(60), store: 'all', value: string() })
      .toStream()
      .filter(() => false)
      .to(output)
    const app = new StreamsApp(builder.build(), {
      ...FAST,
      log,
      processingGuarantee,
      productionExceptionHandler: 'continue',
    })
    await send(log, large)
    await app.start()
    await expect(app.finished).rejects.toMatchObject({
      code: 'MILLRACE_PRODUCTION',
      coordinates: { topic: 'app-all-changelog' },
    })
  })

  it('is no matter of batches: they are made as small as the topic wants them', async () => {
    const log = await logWith({ 'max.message.bytes': '10000' })
    await using app = echo(log, { processingGuarantee })
    const values = Array.from({ length: 300 }, (_, n) => `${n} ${'y'.repeat(1000)}`)
    await send(log, ...values)
    await app.start()
    await until(async () => (await valuesOf(log)).includes(values[299]), 'the last is written')
    const written = (await valuesOf(log)).map((value) => Number.parseInt(value, 10))
    const all = values.map((_value, n) => n)
    if (processingGuarantee === 'exactly_once_v2') expect(written).toEqual(all)
    else expect(written.slice(-300)).toEqual(all)
  })

  it('a large record behind a full batch does not make it a batch that no topic takes', async () => {
    const log = await logWith()
    await using app = echo(log, { processingGuarantee, lingerMs: 200, commitIntervalMs: 200 })
    await send(log, 'a'.repeat(250_000))
    await send(log, 'b'.repeat(900_000))
    let restarts = 0
    app.onStateChange((state) => {
      if (state === 'rebalancing') restarts++
    })
    await app.start()
    await until(async () => (await valuesOf(log)).length === 2, 'both are written')
    expect(restarts).toBe(1)
  })
})

/** A log whose first sends to `out` fail. */
function failing(log: Log, times: number, error: () => LogError): Log {
  let left = times
  return new Proxy(log, {
    get(target, name) {
      if (name !== 'producer') {
        const own = Reflect.get(target, name) as unknown
        return typeof own === 'function' ? own.bind(target) : own
      }
      return (options: Parameters<Log['producer']>[0]): Producer => {
        const producer = target.producer(options)
        return new Proxy(producer, {
          get(real, method) {
            if (method === 'send') {
              return (batch: Parameters<Producer['send']>[0]) =>
                batch.topic === 'out' && left-- > 0 ? Promise.reject(error()) : real.send(batch)
            }
            const own = Reflect.get(real, method) as unknown
            return typeof own === 'function' ? own.bind(real) : own
          },
        })
      }
    },
  })
}

describe.each(GUARANTEES)('%s: an error of the log that may pass', (processingGuarantee) => {
  const away = (): LogError => new LogError('NOT_ENOUGH_REPLICAS', 'not enough replicas', { retriable: true })

  it('is tried again, from what is committed, with pauses', async () => {
    const log = await logWith()
    const asked: string[] = []
    await using app = echo(failing(log, 3, away), {
      processingGuarantee,
      productionExceptionHandler: (error) => {
        asked.push((error as LogError).code)
        return 'retry'
      },
    })
    await send(log, 'a', 'b')
    const started = Date.now()
    await app.start()
    await until(async () => (await valuesOf(log)).includes('b'), 'all is written')
    expect(await valuesOf(log)).toEqual(['a', 'b'])
    expect(asked).toEqual(Array.from({ length: 3 }, () => 'NOT_ENOUGH_REPLICAS'))
    // At once, then after 100 and 200 ms.
    expect(Date.now() - started).toBeGreaterThanOrEqual(290)
    expect(app.metrics().dropped).toEqual({})
  })

  it('ends the thread after task.timeout.ms', async () => {
    const log = await logWith()
    const app = echo(failing(log, 1000, away), { processingGuarantee, taskTimeoutMs: 500 })
    await send(log, 'a')
    await app.start()
    await expect(app.finished).rejects.toMatchObject({
      code: 'MILLRACE_TASK_TIMEOUT',
      message: expect.stringContaining('not enough replicas'),
    })
  })

  it('ends the thread at once where the handler says fail', async () => {
    const log = await logWith()
    const app = echo(failing(log, 1, away), { processingGuarantee, productionExceptionHandler: () => 'fail' })
    await send(log, 'a')
    await app.start()
    await expect(app.finished).rejects.toMatchObject({ code: 'MILLRACE_PRODUCTION' })
  })
})

it('what the log refuses is dropped and counted under at_least_once, and cannot be under exactly_once_v2', async () => {
  const refused = (): LogError => new LogError('INVALID_RECORD', 'the record is invalid')
  for (const processingGuarantee of GUARANTEES) {
    const log = await logWith()
    await using app = echo(failing(log, 1, refused), { processingGuarantee, productionExceptionHandler: 'continue' })
    await send(log, 'a')
    await app.start()
    if (processingGuarantee === 'at_least_once') {
      await until(() => app.metrics().dropped['out:refused'] === 1, 'it is dropped')
      await send(log, 'b')
      await until(async () => (await valuesOf(log)).includes('b'), 'the next is written')
    } else {
      await expect(app.finished).rejects.toMatchObject({
        code: 'MILLRACE_PRODUCTION',
        message: expect.stringContaining('the transaction is spoilt'),
      })
    }
  }
})

it('a dead letter is part of the transaction: a thread that fails before the commit leaves none behind', async () => {
  const log = await logWith()
  const numbers = topic('in', { key: string(), value: json<number>() })
  const builder = new StreamsBuilder()
  let failures = 0
  builder
    .stream(numbers)
    .peek((n) => {
      if (n === 2 && ++failures <= 2) throw new RangeError('not now')
      if (n === 13) throw new RangeError('no 13')
    })
    .to(topic('out', { key: string(), value: json<number>() }))
  const ends = new Set<string>()
  await using app = new StreamsApp(builder.build(), {
    ...FAST,
    log,
    commitIntervalMs: 60_000,
    lingerMs: 0,
    processingGuarantee: 'exactly_once_v2',
    transactionTimeoutMs: 60_000,
    deserializationExceptionHandler: 'dead-letter',
    processingExceptionHandler: (error) => ((error.cause as Error).message === 'not now' ? 'fail' : 'dead-letter'),
    deadLetterTopic: 'dead',
    uncaughtExceptionHandler: (error) => {
      ends.add(error.message)
      return 'replace-thread'
    },
  })
  await app.start()
  await send(log, 'no number', '13', '1')
  await until(() => app.metrics().processed >= 2, 'the first are processed')
  await send(log, '2', '3')
  await until(() => failures > 2, 'it goes on')
  const all = app.metrics().processed
  await until(() => app.metrics().processed > all || app.state === 'running', 'it is running')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(await valuesOf(log, dead)).toEqual([])
  await app.close()
  expect(await valuesOf(log, dead)).toEqual(['no number', '13'])
  expect(await valuesOf(log)).toEqual(['1', '2', '3'])
  expect(ends.size).toBe(1)
})

describe('a handler', () => {
  it('that answers nothing ends the thread: a record is not dropped by a forgotten return', async () => {
    const log = await logWith()
    const app = echo(log, { productionExceptionHandler: (() => {}) as never }, picky)
    await send(log, 'bad')
    await app.start()
    await expect(app.finished).rejects.toMatchObject({
      code: 'MILLRACE_HANDLER',
      message: expect.stringContaining('Return one of fail, continue, dead-letter, retry'),
      coordinates: { topic: 'in', offset: 0 },
    })
  })

  it('that throws is asked once, not again at each node above', async () => {
    const log = await logWith()
    const builder = new StreamsBuilder()
    builder
      .stream(input)
      .filter(() => true)
      .mapValues(() => {
        throw new Error('in the mapper')
      })
      .to(output)
    let asked = 0
    const app = new StreamsApp(builder.build(), {
      ...FAST,
      log,
      processingExceptionHandler: () => {
        asked++
        throw new Error('in the handler')
      },
    })
    await send(log, 'a')
    await app.start()
    await expect(app.finished).rejects.toMatchObject({ code: 'MILLRACE_HANDLER' })
    expect(asked).toBe(1)
  })
})
