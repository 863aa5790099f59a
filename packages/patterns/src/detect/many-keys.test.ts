import { json, memoryLog, produce, StreamsApp, StreamsBuilder, string, topic } from 'millrace'
import { describe, expect, it } from 'vitest'
import { pattern } from '../pattern/pattern.ts'
import { detect } from './detect.ts'

const KEYS = 34_000
const input = topic('in', { key: string(), value: json<{ readonly n: number }>() })

describe('detect over more keys than are kept in memory', () => {
  it('ends the window of each at its time, in order, though some were not written when their timers made room', async () => {
    const builder = new StreamsBuilder()
    const of = pattern<{ readonly n: number }>()
      .begin('a', ({ n }) => n >= 0)
      .followedBy('b', ({ n }) => n < 0)
      .within(KEYS)
    const { timeouts } = builder
      .stream(input)
      .groupByKey()
      .apply(detect(of, { liveKeys: 20_000 }))
    const ended: number[] = []
    timeouts.foreach(({ a }) => ended.push(a?.n ?? -1))
    const log = memoryLog()
    await log.admin.createTopics([{ name: 'in', partitions: 1 }])
    const events = Array.from({ length: KEYS }, (_, n) => ({ key: `k${n}`, value: { n }, timestamp: n }))
    await produce(log, input, [...events, { key: 'end', value: { n: -1 }, timestamp: 3 * KEYS }])
    const app = new StreamsApp(builder.build(), { applicationId: 'app', log, commitIntervalMs: 50 })
    await app.start()
    await expect.poll(() => ended.length, { timeout: 50_000, interval: 50 }).toBe(KEYS)
    expect(ended).toEqual(events.map(({ value }) => value.n))
    await app.close()
    await log.close()
  }, 60_000)
})
