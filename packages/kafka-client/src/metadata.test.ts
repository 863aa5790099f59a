import { systemClock } from 'millrace/log'
import { describe, expect, it } from 'vitest'
import type { DescribedTopic } from './cluster-requests.ts'
import { LOST, scriptedClient } from './fixtures/scripted-client.ts'
import { Metadata } from './metadata.ts'

const brokers = [1, 2].map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 1 }))

function described(topic: string, leaderId: number, leaderEpoch: number): DescribedTopic {
  return { topic, errorCode: 0, internal: false, partitions: [{ partition: 0, leaderId, leaderEpoch }] }
}

/** Answers one refresh after the other with these leaders of each topic asked about. */
function metadataOf(...leaders: [leaderId: number, leaderEpoch: number][]): Metadata {
  const client = scriptedClient({
    metadata(topics) {
      const [leaderId, leaderEpoch] = leaders.shift() ?? [1, -1]
      return { brokers, topics: (topics ?? []).map((topic) => described(topic, leaderId, leaderEpoch)) }
    },
  })
  return new Metadata(client, [{ host: 'bootstrap', port: 1 }], systemClock())
}

async function leaderAfter(metadata: Metadata, refreshes: number): Promise<number | undefined> {
  for (let left = refreshes; left > 0; left--) await metadata.refresh(['t'])
  return metadata.leader('t', 0)?.nodeId
}

describe('Metadata', () => {
  it('takes no leader of an older epoch', async () => {
    expect(await leaderAfter(metadataOf([1, 5], [2, 4]), 2)).toBe(1)
    expect(await leaderAfter(metadataOf([1, 5], [2, 6]), 2)).toBe(2)
  })

  it('takes the newest answer where the adapter has no epochs', async () => {
    expect(await leaderAfter(metadataOf([1, -1], [2, -1]), 2)).toBe(2)
  })

  it('knows a topic when a refresh for it ends that shared a request with others', async () => {
    const metadata = metadataOf()
    const known = async (topic: string): Promise<number | undefined> => {
      await metadata.refresh([topic])
      return metadata.partitionCount(topic)
    }
    expect(await Promise.all(['a', 'b', 'c'].map(known))).toEqual([1, 1, 1])
  })

  it('tells of a refused topic whoever asked for it, and nobody who shared the request', async () => {
    const client = scriptedClient({
      metadata: (topics) => ({
        brokers,
        topics: (topics ?? []).map((topic) => ({ ...described(topic, 1, 1), errorCode: topic === 'secret' ? 29 : 0 })),
      }),
    })
    const metadata = new Metadata(client, [{ host: 'bootstrap', port: 1 }], systemClock())
    const ended = await Promise.allSettled(
      [['a'], ['b', 'secret'], ['c'], ['secret'], ['d', 'e']].map((topics) => metadata.refresh(topics)),
    )
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'])
    expect(['a', 'b', 'c', 'd', 'e'].map((topic) => metadata.partitionCount(topic))).toEqual([1, 1, 1, 1, 1])
    expect(ended[1]).toMatchObject({ reason: { coordinates: { topic: 'secret' } } })
  })

  it('asks one after the other, each for all that was wanted meanwhile, and goes on after one that failed', async () => {
    const asked: (readonly string[])[] = []
    const client = scriptedClient({
      async metadata(topics) {
        asked.push(topics ?? [])
        await systemClock().sleep(1)
        if (asked.length === 1) throw LOST
        return { brokers, topics: (topics ?? []).map((topic) => described(topic, 1, 1)) }
      },
    })
    const metadata = new Metadata(client, [{ host: 'bootstrap', port: 1 }], systemClock())
    const first = metadata.refresh(['a'])
    await systemClock().sleep(0)
    const others = [metadata.refresh(['b']), metadata.refresh(['c', 'b']), metadata.refresh([])]
    await expect(first).rejects.toThrow('the answer was lost')
    await Promise.all(others)
    expect(asked).toEqual([['a'], ['b', 'c']])
  })

  it('forgets the leaders of a stale topic, but not how many partitions it has', async () => {
    const metadata = metadataOf()
    await metadata.refresh(['t'])
    metadata.markStale('t')
    expect([metadata.leader('t', 0), metadata.partitionCount('t')]).toEqual([undefined, 1])
  })
})
