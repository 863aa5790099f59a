/**
 * What `LogAdmin` must do: topics and their configuration, offsets by position and by time, deleting records.
 */

import { type ContractPart, refusal } from './scenario.ts'

export function adminContract({ test, expect, options }: ContractPart): void {
  test('creates topics once, describes and configures them, deletes them', async (scenario) => {
    const { admin } = scenario.log
    const { topic } = await scenario.topic(3, { 'cleanup.policy': 'compact' })
    await admin.createTopics([{ name: topic, partitions: 5 }])
    expect(await admin.describeTopics([topic, `${topic}-not`])).toEqual([{ name: topic, partitions: 3 }])
    expect((await admin.describeTopics()).some(({ name }) => name === topic)).toBe(true)
    expect(await admin.topicConfig(topic)).toMatchObject({ 'cleanup.policy': 'compact', 'retention.ms': '-1' })
    await admin.deleteTopics([topic])
    await scenario.until('deletion', async () => (await admin.describeTopics([topic])).length === 0)
  })

  test('lists offsets: earliest, latest, by timestamp', async (scenario) => {
    const { admin } = scenario.log
    const at = await scenario.topic(2)
    await scenario.write(
      at,
      { value: 'a', timestamp: 100 },
      { value: 'b', timestamp: 300 },
      { value: 'c', timestamp: 200 },
    )
    const empty = { ...at, partition: 1 }
    const offsets = async (spec: Parameters<typeof admin.listOffsets>[1]): Promise<number[]> => {
      const listed = await admin.listOffsets([at, empty], spec)
      return [at, empty].map((wanted) => listed.find(({ partition }) => partition === wanted.partition)?.offset ?? -9)
    }
    expect(await offsets('earliest')).toEqual([0, 0])
    expect(await offsets('latest')).toEqual([3, 0])
    expect(await offsets({ timestamp: 101 })).toEqual([1, -1])
    expect(await offsets({ timestamp: 301 })).toEqual([-1, -1])
  })

  if (options.capabilities.deleteRecords) {
    test('deletes records before an offset', async (scenario) => {
      const { admin } = scenario.log
      const at = await scenario.topic()
      await scenario.write(at, 'a', 'b', 'c')
      await admin.deleteRecords([{ ...at, offset: 2 }])
      expect(await admin.listOffsets([at], 'earliest')).toEqual([{ ...at, offset: 2 }])
      expect((await scenario.readUntil(scenario.fetcher(at, 2), at, 3)).map(({ value }) => value)).toEqual(['c'])
      const fetcher = scenario.fetcher(at, 0)
      const seen = await refusal(() => scenario.until('a refusal', async () => (await fetcher.poll(200)).length > 0))
      expect(seen).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' })
    })
  } else {
    test('refuses to delete records', async (scenario) => {
      const at = await scenario.topic()
      await refusal(() => scenario.log.admin.deleteRecords([{ ...at, offset: 0 }]))
    })
  }
}
