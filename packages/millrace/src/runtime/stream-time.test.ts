import { describe, expect, it } from 'vitest'
import { memoryLog, produce, type StreamRecord, StreamsApp, StreamsBuilder, string, topic } from '../index.ts'

const words = topic('words', { key: string(), value: string() })

describe('stream time', () => {
  it('comes back from the committed metadata when a task starts again', async () => {
    const log = memoryLog()
    await log.admin.createTopics([{ name: 'words', partitions: 1 }])
    const times: [word: string, streamTime: number][] = []
    const run = async (seen: number): Promise<void> => {
      const builder = new StreamsBuilder()
      builder.stream(words).process(() => ({
        init(context) {
          this.process = (record: StreamRecord<string, string>) => {
            times.push([record.value, context.currentStreamTimeMs()])
          }
        },
        process() {},
      }))
      await using app = new StreamsApp(builder.build(), { applicationId: 'app', log, commitIntervalMs: 10, pollMs: 5 })
      await app.start()
      while (times.length < seen && app.state !== 'error') await log.clock.sleep(5)
    }
    await produce(log, words, [{ key: 'k', value: 'first', timestamp: 5_000 }])
    await run(1)
    await produce(log, words, [{ key: 'k', value: 'late', timestamp: 1_000 }])
    await run(2)
    expect(times).toEqual([
      ['first', 5_000],
      ['late', 5_000],
    ])
  })
})
