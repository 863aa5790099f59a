/** Records that a real broker does not take: one too large for its topic, under both guarantees. */

import { type Log, produce, readTopic, StreamsApp, StreamsBuilder, string, topic } from 'millrace'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeOnKafka, fresh, freshTopic, openLog } from './broker-under-test.ts'

describeOnKafka('records that Kafka refuses', () => {
  let log: Log

  beforeAll(() => {
    log = openLog()
  })
  afterAll(() => log.close())

  for (const processingGuarantee of ['at_least_once', 'exactly_once_v2'] as const) {
    it(`leaves out the one that is too large for its topic, and dead-letters its source: ${processingGuarantee}`, async () => {
      const typed = async (name: string, config: Record<string, string> = {}) =>
        topic(await freshTopic(log, name, config, 1), { key: string(), value: string() })
      const input = await typed('in')
      const output = await typed('out', { 'max.message.bytes': '10000' })
      const dead = await typed('dead')
      const builder = new StreamsBuilder()
      builder.stream(input).to(output)
      const app = new StreamsApp(builder.build(), {
        applicationId: fresh('refused'),
        log,
        processingGuarantee,
        commitIntervalMs: 100,
        productionExceptionHandler: 'dead-letter',
        deadLetterTopic: dead.name,
      })
      const large = 'x'.repeat(20_000)
      const small = Array.from({ length: 60 }, (_, n) => `${n} ${'y'.repeat(500)}`)
      const values = [...small.slice(0, 30), large, ...small.slice(30)]
      await produce(
        log,
        input,
        values.map((value) => ({ key: 'k', value })),
      )
      await app.start()
      const read = async (from: typeof output): Promise<(string | null)[]> => {
        const all: (string | null)[] = []
        for await (const { value } of readTopic(log, from)) all.push(value)
        return all
      }
      await expect.poll(async () => (await read(output)).at(-1), { timeout: 30_000, interval: 100 }).toBe(small[59])
      await expect.poll(async () => (await read(dead)).length, { timeout: 30_000, interval: 100 }).toBe(1)
      expect(await read(dead)).toEqual([large])
      const written = await read(output)
      expect(processingGuarantee === 'exactly_once_v2' ? written : written.slice(-60)).toEqual(small)
      expect(app.metrics().dropped).toEqual({ 'KSTREAM-SINK-0000000001:too-large': 1 })
      await app.close()
    }, 60_000)
  }
})
