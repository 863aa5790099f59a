/** What is wrong with kafkajs's connections must not reach us. */

import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { kafkaJsLog } from '@millrace/kafkajs'
import { describe, expect, it } from 'vitest'
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

/** Takes connections and never says a word: a TLS handshake with it does not end. */
async function silentServer(onConnection: (socket: Socket) => void): Promise<{ server: Server; brokers: string }> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, brokers: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('connections of kafkajs that are never made', () => {
  it('ends a connect whose connection the log closes', async () => {
    const { server, brokers } = await silentServer(() => {})
    const log = kafkaJsLog({ brokers, ssl: true })
    const asked = log.admin.describeTopics()
    await new Promise<void>((resolve) => server.once('connection', () => resolve()))
    const started = performance.now()
    await Promise.all([expect(asked).rejects.toMatchObject({ code: 'CLOSED' }), log.close()])
    expect(performance.now() - started).toBeLessThan(2000)
    server.close()
  })

  it('tries again where the broker closed the connection in the middle of the TLS handshake', async () => {
    let again: () => void
    const secondTry = new Promise<void>((resolve) => {
      again = resolve
    })
    let connections = 0
    const { server, brokers } = await silentServer((socket) => {
      if (++connections === 2) again()
      setTimeout(() => socket.end(), 20)
    })
    const log = kafkaJsLog({ brokers, ssl: true })
    const asked = expect(log.admin.describeTopics()).rejects.toThrow()
    const started = performance.now()
    await secondTry
    expect(performance.now() - started).toBeLessThan(3000)
    await log.close()
    await asked
    server.close()
  })
})

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
