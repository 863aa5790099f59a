import { type GroupMetadata, systemClock } from 'millrace/log'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Answers, LOST, type ScriptedClient, scriptedClient } from './fixtures/scripted-client.ts'
import { Metadata } from './metadata.ts'
import { KafkaProducer } from './producer.ts'
import type { Sender } from './sender.ts'
import type { ProducerIdentity } from './transaction-requests.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

const group: GroupMetadata = { groupId: 'g', generation: 7, memberId: 'm' }
const offsets = [{ topic: 't', partition: 0, offset: 1, metadata: '' }]

interface Given {
  readonly producer: KafkaProducer
  readonly client: ScriptedClient
  /** What the sender was started with. */
  readonly identities: ProducerIdentity[]
}

/** A transactional producer in an open transaction. */
async function open(answers: Answers, lostTrack = false): Promise<Given> {
  const identities: ProducerIdentity[] = []
  const sender: Sender = {
    size: 0,
    lostTrack,
    start: (identity) => identities.push(identity),
    beginTransaction: () => {},
    send: async ({ topic, partition }) => ({ topic, partition, baseOffset: 0 }),
    drop: async () => {},
    close: async () => {},
  }
  let epoch = 0
  const client = scriptedClient(
    {
      findCoordinator: () => ({ errorCode: 0, host: 'broker', port: 1 }),
      initProducerId: () => ({ errorCode: 0, id: 2n ** 60n, epoch: epoch++ }),
      addOffsetsToTxn: () => ({ errorCode: 0 }),
      txnOffsetCommit: ({ group: { generation } }) => [
        { topic: 't', partition: 0, errorCode: generation < 8 ? 22 : 0 },
      ],
      endTxn: () => ({ errorCode: 0 }),
      ...answers,
    },
    sender,
  )
  const clock = systemClock()
  const metadata = new Metadata(client, [{ host: 'bootstrap', port: 1 }], clock)
  const producer = new KafkaProducer({ client, metadata, clock }, { transactionalId: 'x' })
  await producer.init()
  producer.begin()
  return { producer, client, identities }
}

describe('a transaction whose offsets were refused under an old generation', () => {
  it('takes them under the new one', async () => {
    const { producer } = await open({})
    await expect(producer.sendOffsets(group, offsets)).rejects.toMatchObject({ code: 'ILLEGAL_GENERATION' })
    await producer.sendOffsets({ ...group, generation: 8 }, offsets)
    await producer.commit()
    producer.begin()
  })

  it('does not commit without them, and can be aborted', async () => {
    const { producer, client } = await open({})
    await expect(producer.sendOffsets(group, offsets)).rejects.toThrow()
    await expect(producer.commit()).rejects.toMatchObject({ code: 'INVALID_PRODUCER_STATE' })
    expect(client.asked).not.toContain('endTxn')
    await producer.abort()
    expect(client.asked).toContain('endTxn')
    producer.begin()
    await producer.commit()
  })
})

describe('KafkaProducer', () => {
  it('can only abort after any other failure', async () => {
    const { producer } = await open({ txnOffsetCommit: () => [{ topic: 't', partition: 0, errorCode: 25 }] })
    await expect(producer.sendOffsets(group, offsets)).rejects.toMatchObject({ code: 'UNKNOWN_MEMBER_ID' })
    await expect(producer.sendOffsets({ ...group, generation: 8 }, offsets)).rejects.toMatchObject({
      code: 'INVALID_PRODUCER_STATE',
    })
    await expect(producer.commit()).rejects.toMatchObject({ code: 'INVALID_PRODUCER_STATE' })
    await producer.abort()
  })

  it('gets a new epoch after an abort where its sender has lost track of sequences', async () => {
    const { producer, identities } = await open({}, true)
    await producer.abort()
    expect(identities.map(({ epoch }) => epoch)).toEqual([0, 1])
    const other = await open({})
    await other.producer.abort()
    expect(other.identities.map(({ epoch }) => epoch)).toEqual([0])
  })

  it('does not guess how a transaction ended whose answer was lost', async () => {
    const { producer, client } = await open({
      endTxn() {
        throw LOST
      },
    })
    await producer.sendOffsets({ ...group, generation: 8 }, offsets)
    await expect(producer.commit()).rejects.toMatchObject({ code: 'TRANSACTION_STATE_UNKNOWN' })
    expect(client.asked.filter((api) => api === 'endTxn')).toHaveLength(1)
    expect(() => producer.begin()).toThrow(/unknown/)
    await producer.init()
    producer.begin()
  })

  it('is fenced for ever', async () => {
    const { producer } = await open({ addOffsetsToTxn: () => ({ errorCode: 90 }) })
    await expect(producer.sendOffsets(group, offsets)).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
    await expect(producer.abort()).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
    await expect(producer.init()).rejects.toMatchObject({ code: 'PRODUCER_FENCED' })
  })
})
