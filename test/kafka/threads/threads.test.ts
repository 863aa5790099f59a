import { ConfigError, long, memoryLog, produce, readTopic, StreamsApp, string, topic } from 'millrace'
import { expect, it } from 'vitest'
import { describeOnKafka, fresh, freshTopic, openLog } from '../broker-under-test.ts'
import { topology } from './topology.ts'

describeOnKafka('threads', () => {
  it('shares the tasks among worker threads, each with a log and a topology of its own', async () => {
    const log = openLog()
    const words = topic(await freshTopic(log, 'words', {}, 4), { key: string(), value: string() })
    const counts = topic(await freshTopic(log, 'counts', {}, 4), { key: string(), value: long() })
    const url = new URL('./topology.ts', import.meta.url)
    url.searchParams.set('words', words.name)
    url.searchParams.set('counts', counts.name)
    const app = new StreamsApp(url, { applicationId: fresh('threads'), log, threads: 2, commitIntervalMs: 100 })
    await app.start()
    const values = Array.from({ length: 4000 }, (_, i) => ({ key: null, value: `w${i % 40}` }))
    await produce(log, words, values)
    const total = async (): Promise<number> => {
      const table = new Map<string | null, number>()
      for await (const { key, value } of readTopic(log, counts)) table.set(key, value ?? 0)
      return [...table.values()].reduce((sum, count) => sum + count, 0)
    }
    await expect.poll(total, { timeout: 30_000, interval: 200 }).toBe(4000)
    await app.close()
    // Each record once into the repartition topic, once out of it.
    expect(app.metrics().processed).toBe(8000)
    expect(app.state).toBe('not-running')
    await log.close()
  }, 60_000)
})

it('refuses threads where something cannot cross them, with the remedy for each', async () => {
  const app = new StreamsApp(topology, {
    applicationId: 'threads',
    log: memoryLog(),
    threads: 2,
    processingExceptionHandler: () => 'continue',
  })
  const refused = await app.start().then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(refused).toBeInstanceOf(ConfigError)
  expect((refused as ConfigError).problems.join('\n')).toMatch(
    /give the app its URL[\s\S]*this thread only[\s\S]*processingExceptionHandler/,
  )
})
