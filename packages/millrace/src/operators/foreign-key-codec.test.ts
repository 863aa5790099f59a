import { string } from 'millrace'
import { describe, expect, it } from 'vitest'
import { murmur3 } from '../record/murmur3.ts'
import { responseSerde } from './foreign-key-response.ts'
import { type Instruction, subscriptionKey, subscriptionSerde } from './foreign-key-subscription.ts'

const context = { topic: 't', isKey: false }
const HASH = murmur3(Buffer.from('value'))

/** From Kafka Streams 4.3.1's own serialisers. */
const SUBSCRIPTIONS: readonly (readonly [Instruction, hashed: boolean, bytes: string])[] = [
  [0, true, '01002e7425dec1f8bcdf51e014f04aa41568706b00000003'],
  [0, false, '8100706b00000003'],
  [1, true, '01012e7425dec1f8bcdf51e014f04aa41568706b00000003'],
  [2, false, '8102706b00000003'],
  [3, true, '01032e7425dec1f8bcdf51e014f04aa41568706b00000003'],
]
const RESPONSES: readonly (readonly [hashed: boolean, value: string | null, bytes: string])[] = [
  [true, 'right', '002e7425dec1f8bcdf51e014f04aa415687269676874'],
  [true, null, '002e7425dec1f8bcdf51e014f04aa41568'],
  [false, 'right', '807269676874'],
  [false, null, '80'],
]

const decoded = <T>(serde: { decode(b: Buffer, s: number, e: number, c: typeof context): T }, hex: string): T => {
  const bytes = Buffer.from(`ff${hex}ff`, 'hex')
  return serde.decode(bytes, 1, bytes.length - 1, context)
}
const plain = (hash: Uint8Array | null): string | null => (hash === null ? null : Buffer.from(hash).toString('hex'))

describe('subscriptions of foreign-key joins', () => {
  it.each(
    SUBSCRIPTIONS,
  )('instruction %i, hash %s are Kafka Streams’ bytes, both ways', (instruction, hashed, bytes) => {
    const subscription = {
      instruction,
      hash: hashed ? HASH : null,
      primaryKey: Buffer.from('pk'),
      primaryPartition: 3,
    }
    expect(Buffer.from(subscriptionSerde.encode(subscription, context)).toString('hex')).toBe(bytes)
    const read = decoded(subscriptionSerde, bytes)
    expect({ ...read, hash: plain(read.hash), primaryKey: String(Buffer.from(read.primaryKey)) }).toEqual({
      instruction,
      hash: hashed ? HASH.toString('hex') : null,
      primaryKey: 'pk',
      primaryPartition: 3,
    })
  })

  it('reads version 0, which has no partition', () => {
    const read = decoded(subscriptionSerde, '8003706b')
    expect([String(Buffer.from(read.primaryKey)), read.primaryPartition]).toEqual(['pk', undefined])
  })

  it('refuses a version it does not know', () => {
    expect(() => decoded(subscriptionSerde, '0203706b00000003')).toThrow(/version 2/)
  })

  it('keeps subscriptions under the foreign key’s length, the foreign key and the primary key', () => {
    expect(subscriptionKey(Buffer.from('a'), Buffer.from('1')).toString('hex')).toBe('000000016131')
  })
})

describe('responses of foreign-key joins', () => {
  it.each(RESPONSES)('hash %s, value %s are Kafka Streams’ bytes, both ways', (hashed, value, bytes) => {
    const serde = responseSerde(string())
    const response = { hash: hashed ? HASH : null, value, primaryPartition: 7 }
    expect(Buffer.from(serde.encode(response, context)).toString('hex')).toBe(bytes)
    const read = decoded(serde, bytes)
    expect([plain(read.hash), read.value, read.primaryPartition]).toEqual([plain(response.hash), value, undefined])
  })
})
