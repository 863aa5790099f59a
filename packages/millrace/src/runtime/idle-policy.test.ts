import { describe, expect, it } from 'vitest'
import { json, memoryLog, produce, readTopic, StreamsApp, StreamsBuilder, string, topic } from '../index.ts'

const events = topic('events', { key: string(), value: string() })
const users = topic('users', { key: string(), value: string() })
const joined = topic('joined', { key: string(), value: json<string[]>() })

/** Two of them are more than one fetch takes of a partition. */
const LONG = 'x'.repeat(600_000)

describe('max.task.idle.ms of 0', () => {
  it('holds when an input runs dry within a slice: no event is joined before the rest of the table is fetched', async () => {
    const log = memoryLog()
    await log.admin.createTopics([events, users, joined].map(({ name }) => ({ name, partitions: 1 })))
    for (const key of ['a', 'b', 'c']) await produce(log, users, [{ key, value: `${key}${LONG}`, timestamp: 1 }])
    const keys = ['c', 'b', 'a', 'c', 'b', 'a']
    await produce(
      log,
      events,
      keys.map((key, i) => ({ key, value: `event ${i}`, timestamp: 10 + i })),
    )
    const builder = new StreamsBuilder()
    builder
      .stream(events)
      .join(builder.table(users), (event, user) => [event, user.slice(0, 1)])
      .to(joined)
    const options = { applicationId: 'app', log, commitIntervalMs: 10, pollMs: 5, maxTaskIdleMs: 0 }
    await using app = new StreamsApp(builder.build(), options)
    await app.start()
    const seen: string[][] = []
    const last = (): boolean => seen.at(-1)?.[0] === 'event 5'
    while (!last() && app.state !== 'error') {
      await log.clock.sleep(5)
      seen.length = 0
      for await (const { value } of readTopic(log, joined)) if (value !== null) seen.push(value)
    }
    expect(seen).toEqual(keys.map((key, i) => [`event ${i}`, key]))
  })
})
