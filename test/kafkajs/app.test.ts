/** The worker runs on kafkajs: a count on a real broker, shared by two apps whose rebalances are eager. */

import { long, produce, readTopic, StreamsApp, StreamsBuilder, string, type Topic, topic } from 'millrace'
import type { Log } from 'millrace/log'
import { expect, it } from 'vitest'
import { describeOnKafka, fresh, freshTopic, openLog } from './broker-under-test.ts'

interface Names {
  readonly words: Topic<string, string>
  readonly counts: Topic<string, number>
}

type Guarantee = 'at_least_once' | 'exactly_once_v2'

function counting({ words, counts }: Names, applicationId: string, log: Log, guarantee: Guarantee): StreamsApp {
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .groupBy((word) => word)
    .count({ store: 'counts' })
    .toStream()
    .to(counts)
  return new StreamsApp(builder.build(), {
    applicationId,
    log,
    processingGuarantee: guarantee,
    commitIntervalMs: 100,
    heartbeatIntervalMs: 200,
    sessionTimeoutMs: 6000,
  })
}

async function freshNames(log: Log): Promise<Names> {
  return {
    words: topic(await freshTopic(log, 'words', {}, 4), { key: string(), value: string() }),
    counts: topic(await freshTopic(log, 'counts', {}, 4), { key: string(), value: long() }),
  }
}

async function newest(log: Log, { counts }: Names): Promise<Map<string | null, number>> {
  const table = new Map<string | null, number>()
  for await (const { key, value } of readTopic(log, counts)) table.set(key, value ?? 0)
  return table
}

function words(count: number): { key: null; value: string }[] {
  return Array.from({ length: count }, (_, index) => ({ key: null, value: `w${index % 40}` }))
}

function each(count: number): Map<string, number> {
  return new Map(Array.from({ length: 40 }, (_, index) => [`w${index}`, count]))
}

for (const guarantee of ['at_least_once', 'exactly_once_v2'] as const) {
  describeOnKafka(`a streams app on kafkajs, ${guarantee}`, () => {
    it('counts, and goes on where it stopped', async () => {
      const log = openLog()
      const names = await freshNames(log)
      const applicationId = fresh('count')
      for (const round of [1, 2]) {
        const app = counting(names, applicationId, log, guarantee)
        await app.start()
        await produce(log, names.words, words(2000))
        await expect.poll(() => newest(log, names), { timeout: 30_000, interval: 200 }).toEqual(each(50 * round))
        await app.close()
        // Each record once into the repartition topic, once out of it: nothing is processed again after a clean stop.
        expect(app.metrics().processed).toBe(4000)
      }
      await log.close()
    }, 60_000)

    it('hands tasks over when an app comes and when it goes, and loses nothing', async () => {
      const logs = [openLog(), openLog()]
      const names = await freshNames(logs[0])
      const applicationId = fresh('handover')
      const [first, second] = logs.map((log) => counting(names, applicationId, log, guarantee))
      await first.start()
      await produce(logs[0], names.words, words(2000))
      await expect.poll(() => newest(logs[0], names), { timeout: 30_000, interval: 200 }).toEqual(each(50))
      await second.start()
      await expect.poll(() => second.stores('counts').length, { timeout: 30_000, interval: 100 }).toBeGreaterThan(0)
      await produce(logs[0], names.words, words(2000))
      await expect.poll(() => newest(logs[0], names), { timeout: 30_000, interval: 200 }).toEqual(each(100))
      expect(second.metrics().processed).toBeGreaterThan(0)
      await first.close()
      await produce(logs[1], names.words, words(2000))
      await expect.poll(() => newest(logs[1], names), { timeout: 30_000, interval: 200 }).toEqual(each(150))
      await second.close()
      expect(first.metrics().processed + second.metrics().processed).toBe(12_000)
      for (const log of logs) await log.close()
    }, 90_000)
  })
}
