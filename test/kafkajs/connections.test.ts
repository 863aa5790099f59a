/** What is wrong with kafkajs's connections must not reach us. */

import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { kafkaJsLog } from '@millrace/kafkajs'
import { expect, it } from 'vitest'
import { address, batchOf, describeOnKafka, freshTopic, openLog, readUntil } from './broker-under-test.ts'

/** Passes on everything, but of the first large answer only a part, and then hangs up. */
async function truncatingProxy(host: string, port: number): Promise<{ server: Server; port: number; cuts(): number }> {
  let cuts = 0
  const server = createServer((client) => {
    const broker = connect(port, host)
    let passed = 0
    client.pipe(broker)
    broker.on('data', (chunk) => {
      passed += chunk.length
      if (cuts > 0 || passed < 100_000) client.write(chunk)
      else {
        cuts++
        client.end(chunk.subarray(0, chunk.length >> 1))
        broker.destroy()
      }
    })
    for (const socket of [client, broker]) {
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        broker.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port, cuts: () => cuts }
}

describeOnKafka('connections of kafkajs', () => {
  it('reads on after a connection was lost in the middle of an answer', async () => {
    const healthy = openLog()
    const topic = await freshTopic(healthy, 'truncated')
    const producer = healthy.producer()
    await producer.init()
    const values = Array.from({ length: 30 }, (_, index) => `${index} ${'x'.repeat(20_000)}`)
    for (const value of values) await producer.send({ topic, partition: 0, records: batchOf([value]) })
    const [host, port] = address.split(':')
    const proxy = await truncatingProxy(host, Number(port))
    const at = { host: '127.0.0.1', port: proxy.port }
    const log = kafkaJsLog({ brokers: `127.0.0.1:${proxy.port}`, mapBroker: () => at })
    const rows = await readUntil(log, { topic, partition: 0 }, 30)
    expect(rows.map(({ value }) => value)).toEqual(values)
    expect(proxy.cuts()).toBe(1)
    await log.close()
    await healthy.close()
    proxy.server.close()
  })

  it('warns of no negative time-out, and sets no timers while nothing happens', async () => {
    const warnings: string[] = []
    const listen = (warning: Error): void => {
      warnings.push(warning.name)
    }
    process.on('warning', listen)
    const log = openLog()
    const topic = await freshTopic(log, 'quiet')
    const fetcher = log.fetcher({ maxWaitMs: 5000 })
    fetcher.assign({ topic, partition: 0 }, 0)
    await fetcher.poll(300)
    const original = globalThis.setTimeout
    let timers = 0
    globalThis.setTimeout = ((...parameters: Parameters<typeof original>) => {
      timers++
      return original(...parameters)
    }) as typeof original
    try {
      await new Promise((resolve) => original(resolve, 500))
    } finally {
      globalThis.setTimeout = original
      process.off('warning', listen)
    }
    // As kafkajs has it, each connection sets one every millisecond.
    expect(timers).toBeLessThan(20)
    expect(warnings).toEqual([])
    await log.close()
  })
})
