import { describe, expect, it } from 'vitest'
import { type Log, long, memoryLog, produce, readTopic, StreamsApp, StreamsBuilder, string, topic } from '../index.ts'

const words = topic('words', { key: string(), value: string() })
const counts = topic('counts', { key: string(), value: long() })
const changelog = { topic: 'app-counts-changelog', partition: 0 }

async function started(log: Log): Promise<StreamsApp> {
  const builder = new StreamsBuilder()
  builder.stream(words).groupByKey().count({ store: 'counts' }).toStream().to(counts)
  const options = { applicationId: 'app', commitIntervalMs: 10, pollMs: 5, lingerMs: 0, cacheMaxBytes: 0 }
  const app = new StreamsApp(builder.build(), { ...options, log })
  await app.start()
  return app
}

async function results(log: Log): Promise<string[]> {
  const all: string[] = []
  for await (const { key, value } of readTopic(log, counts)) all.push(`${key}${value}`)
  return all
}

async function counted(log: Log, app: StreamsApp, n: number): Promise<void> {
  while ((await results(log)).length < n && app.state !== 'error') await log.clock.sleep(5)
}

describe('Restorer', () => {
  it('goes on from where the changelog begins when retention passes it on its way', async () => {
    const log = memoryLog()
    await log.admin.createTopics([words, counts].map(({ name }) => ({ name, partitions: 1 })))
    await produce(
      log,
      words,
      ['a', 'a', 'b'].map((key) => ({ key, value: '' })),
    )
    {
      await using app = await started(log)
      await counted(log, app, 3)
    }
    let expired = false
    const disturbed = log.connect({
      interceptor: {
        async before({ operation }) {
          if (operation !== 'fetch' || expired) return
          expired = true
          await log.admin.deleteRecords([{ ...changelog, offset: 2 }])
        },
      },
    })
    await using app = await started(disturbed)
    await produce(log, words, [{ key: 'b', value: '' }])
    await counted(log, app, 4)
    expect(expired).toBe(true)
    expect(await results(log)).toEqual(['a1', 'a2', 'b1', 'b2'])
  })
})
