import { Headers, json, StreamsBuilder, string, topic } from 'millrace'
import { expect, it } from 'vitest'
import { TopologyTestDriver } from './topology-test-driver.ts'

const orders = topic('orders', { key: string(), value: json<{ n: number }>() })

function driver(maxRequestSize?: number): TopologyTestDriver {
  const builder = new StreamsBuilder()
  builder
    .stream(orders)
    .mapValues(({ n }) => {
      if (n === 13) throw new RangeError('no 13')
      return n
    })
    .to(topic('out', { key: string(), value: json<number>() }))
  return new TopologyTestDriver(builder.build(), {
    deserializationExceptionHandler: 'dead-letter',
    processingExceptionHandler: 'dead-letter',
    productionExceptionHandler: 'dead-letter',
    ...(maxRequestSize === undefined ? {} : { maxRequestSize }),
    deadLetterTopic: 'dead',
  })
}

const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString())

it('writes a record that fails to the dead letter topic as it came, with Kafka Streams’ headers', () => {
  using running = driver()
  const headers = new Headers().add('trace', Buffer.from('t1'))
  running.pipeRaw('orders', { key: Buffer.from('a'), value: Buffer.from('{"n":13}'), timestamp: 7, headers })
  running.pipeRaw('orders', { key: Buffer.from('b'), value: Buffer.from('{'), timestamp: 8 })
  running.pipeRaw('orders', { key: Buffer.from('c'), value: Buffer.from('{"n":1}'), timestamp: 9 })

  expect(running.takeProduced('out').map(({ key }) => textOf(key))).toEqual(['c'])
  const [failed, undecodable] = running.takeProduced('dead')
  expect([textOf(failed.key), textOf(failed.value), failed.timestamp]).toEqual(['a', '{"n":13}', 7])
  const shown = Object.fromEntries([...failed.headers].map(({ key, value }) => [key, textOf(value)]))
  expect(shown).toMatchObject({
    trace: 't1',
    '__streams.errors.exception': 'RangeError',
    '__streams.errors.topic': 'orders',
    '__streams.errors.partition': '0',
    '__streams.errors.offset': '0',
  })
  expect(shown['__streams.errors.message']).toBe('no 13')
  expect(shown['__streams.errors.stacktrace']).toContain('dead-letters.test.ts')
  expect([textOf(undecodable.key), textOf(undecodable.value)]).toEqual(['b', '{'])
  expect(Object.fromEntries(running.droppedRecords())).toEqual({
    'KSTREAM-MAPVALUES-0000000001:failed': 1,
    'KSTREAM-SOURCE-0000000000:undecodable': 1,
  })
})

it('writes the source of a record that is too large to be written', () => {
  using running = driver(100)
  const headers = new Headers().add('padding', Buffer.alloc(200))
  running.pipeRaw('orders', { key: Buffer.from('a'), value: Buffer.from('{"n":1}'), timestamp: 7, headers })
  running.pipeRaw('orders', { key: Buffer.from('b'), value: Buffer.from('{"n":2}'), timestamp: 8 })

  expect(running.takeProduced('out').map(({ key }) => textOf(key))).toEqual(['b'])
  expect(running.takeProduced('dead').map(({ key, value }) => [textOf(key), textOf(value)])).toEqual([['a', '{"n":1}']])
  expect(Object.fromEntries(running.droppedRecords())).toEqual({ 'KSTREAM-SINK-0000000002:too-large': 1 })
})
