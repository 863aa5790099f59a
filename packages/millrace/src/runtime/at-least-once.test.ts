import { expect, it } from 'vitest'
import {
  json,
  LogError,
  type MemoryLog,
  memoryLog,
  produce,
  readTopic,
  StreamsApp,
  StreamsBuilder,
  string,
  topic,
} from '../index.ts'
import { deferred } from './deferred.ts'

const orders = topic('orders', { key: string(), value: json<{ product: string; amount: number }>() })
const products = topic('products', { key: string(), value: json<number>() })
const out = topic('out', { key: string(), value: json<number>() })
const apple = { product: 'apple', amount: 2 }

function totals() {
  const builder = new StreamsBuilder()
  const prices = builder.table(products, { store: 'products' })
  const join = (order: { amount: number }, price: number | null): number => order.amount * (price ?? 0)
  builder
    .table(orders, { store: 'orders' })
    .leftJoin(prices, { foreignKey: ({ product }) => product, join, store: 'joined' })
    .toStream()
    .to(out)
  return builder.build()
}

async function resultsOf(log: MemoryLog, wanted: string): Promise<(number | null)[]> {
  const all: (number | null)[] = []
  for await (const { key, value } of readTopic(log, out)) if (key === wanted) all.push(value)
  return all
}

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`gave up waiting until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

// The change of a row that the store has lost already is null to null when it is processed again: nothing to subscribe to.
it.each([
  { guarantee: 'at_least_once', last: 6 },
  { guarantee: 'exactly_once_v2', last: null },
] as const)('a deletion whose subscription was lost after its changelog was written: $guarantee ends with $last', async ({
  guarantee,
  last,
}) => {
  const log = memoryLog()
  await log.admin.createTopics([orders, products, out].map(({ name }) => ({ name, partitions: 1 })))
  const logged = deferred<void>()
  let breaks = false
  const breaking = log.connect({
    interceptor: {
      async before({ operation, topic: name }) {
        if (!breaks || operation !== 'produce' || !name?.includes('SUBSCRIPTION-REGISTRATION')) return
        await logged.promise
        throw new LogError('AUTHORIZATION_FAILED', 'broken', { retriable: false })
      },
      after({ operation, topic: name }) {
        if (breaks && operation === 'produce' && name === 'app-orders-changelog') logged.resolve()
      },
    },
  })
  const start = async (connected: MemoryLog): Promise<StreamsApp> => {
    const app = new StreamsApp(totals(), {
      applicationId: 'app',
      log: connected,
      processingGuarantee: guarantee,
      commitIntervalMs: 20,
      pollMs: 5,
      lingerMs: 5,
      cacheMaxBytes: 0,
    })
    await app.start()
    return app
  }
  {
    await using app = await start(breaking)
    await produce(log, products, [{ key: 'apple', value: 3 }])
    await produce(log, orders, [{ key: 'one', value: apple }])
    await until(async () => (await resultsOf(log, 'one')).at(-1) === 6, 'the order is joined')
    await until(
      async () =>
        (await log.admin.groupOffsets('app')).some(({ topic: name, offset }) => name === 'orders' && offset > 0),
      'that is committed',
    )
    breaks = true
    await produce(log, orders, [{ key: 'one', value: null }])
    await until(() => app.state === 'error', 'the app has failed')
  }
  await using _again = await start(log)
  await produce(log, orders, [{ key: 'two', value: apple }])
  await until(async () => (await resultsOf(log, 'two')).at(-1) === 6, 'what comes after is joined')
  expect((await resultsOf(log, 'one')).at(-1)).toBe(last)
})
