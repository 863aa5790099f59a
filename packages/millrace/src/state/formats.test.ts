/** Every byte vector that Kafka Streams gave (formats.json), written and read. Runs of the driver are cases of their own. */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { murmur2, partitionFor } from '../log/partitioner.ts'
import { changeSerde } from '../operators/change-serde.ts'
import { responseSerde } from '../operators/foreign-key-response.ts'
import { type Instruction, subscriptionSerde } from '../operators/foreign-key-subscription.ts'
import { Change } from '../processor/change.ts'
import { readInt64 } from '../record/int64.ts'
import { murmur3 } from '../record/murmur3.ts'
import { sessionWindowed } from '../record/serdes/session-windowed.ts'
import { string } from '../record/serdes/string.ts'
import { timeWindowed } from '../record/serdes/time-windowed.ts'
import { fromText, toBytes } from './byte-string.ts'
import { type JoinSide, outerJoinKey, outerJoinValue, parseOuterJoinKey } from './outer-join-key.ts'
import {
  keyFirstSessionKey,
  parseSessionKey,
  parseTimeFirstSessionKey,
  sessionKey,
  timeFirstSessionKey,
} from './session-key.ts'
import { withTimestamp } from './stored-format.ts'
import {
  keyFirstWindowKey,
  parseTimeFirstWindowKey,
  parseWindowKey,
  timeFirstWindowKey,
  windowKey,
} from './window-key.ts'

interface Vectors<T> {
  readonly vectors: readonly T[]
}

interface Formats {
  readonly partitions: Vectors<{ key: string; murmur2: number; partitions: Record<string, number> }>
  readonly murmur3: Vectors<{ bytes: string; hash: string }>
  readonly windowKeys: Vectors<{
    key: string
    start: number
    sequence: number
    storeKey: string
    timeFirst: string
    keyFirst: string
    topicKey: string
  }>
  readonly sessionKeys: Vectors<{
    key: string
    start: number
    end: number
    storeKey: string
    timeFirst: string
    keyFirst: string
    topicKey: string
  }>
  readonly timestampedValues: Vectors<{ value: string; timestamp: number; bytes: string }>
  readonly outerJoinStore: Vectors<{
    key: string
    timestamp: number
    side: JoinSide
    value: string
    keyBytes: string
    valueBytes: string
  }>
  readonly changedValues: Vectors<{ new: string | null; old: string | null; bytes: string }>
  readonly subscriptions: Vectors<{
    version: number
    instructionByte: Instruction
    hashOf: string | null
    primaryKey: string
    primaryPartition: number
    bytes: string
  }>
  readonly responses: Vectors<{ hashOf: string | null; value: string | null; bytes: string }>
}

const formats: Formats = JSON.parse(
  readFileSync(new URL('../../../../test/conformance/formats.json', import.meta.url), 'utf8'),
)
const context = { topic: 't', isKey: false }
const keyContext = { topic: 't', isKey: true }
const hex = (bytes: Uint8Array | string): string =>
  Buffer.from(typeof bytes === 'string' ? toBytes(bytes) : bytes).toString('hex')
const unhex = (text: string): Buffer => Buffer.from(text, 'hex')
const latin1 = (text: string): string => unhex(text).toString('latin1')
const hashOf = (value: string | null): Uint8Array | null => (value === null ? null : murmur3(Buffer.from(value)))

describe('formats.json', () => {
  it('partitions', () => {
    for (const { key, murmur2: hash, partitions } of formats.partitions.vectors) {
      expect(murmur2(unhex(key)) | 0).toBe(hash)
      for (const [count, partition] of Object.entries(partitions)) {
        expect(partitionFor(unhex(key), Number(count))).toBe(partition)
      }
    }
  })

  it('murmur3', () => {
    for (const { bytes, hash } of formats.murmur3.vectors) expect(hex(murmur3(unhex(bytes)))).toBe(hash)
  })

  it('windowKeys', () => {
    for (const { key, start, sequence, ...bytes } of formats.windowKeys.vectors) {
      const parts = { key: fromText(key), start, sequence }
      expect(hex(windowKey(parts))).toBe(bytes.storeKey)
      expect(parseWindowKey(latin1(bytes.storeKey))).toEqual(parts)
      expect(hex(timeFirstWindowKey(parts))).toBe(bytes.timeFirst)
      expect(parseTimeFirstWindowKey(latin1(bytes.timeFirst))).toEqual(parts)
      expect(hex(keyFirstWindowKey(parts))).toBe(bytes.keyFirst)
      expect(parseWindowKey(latin1(bytes.keyFirst).slice(1))).toEqual(parts)
      const serde = timeWindowed(string(), 10)
      const windowed = { key, window: { start, end: start + 10 } }
      const topicKey = unhex(bytes.topicKey)
      expect(hex(serde.encode(windowed, keyContext))).toBe(bytes.topicKey)
      expect(serde.decode(topicKey, 0, topicKey.length, keyContext)).toEqual(windowed)
    }
  })

  it('sessionKeys', () => {
    for (const { key, start, end, ...bytes } of formats.sessionKeys.vectors) {
      const parts = { key: fromText(key), start, end }
      expect(hex(sessionKey(parts))).toBe(bytes.storeKey)
      expect(parseSessionKey(latin1(bytes.storeKey))).toEqual(parts)
      expect(hex(timeFirstSessionKey(parts))).toBe(bytes.timeFirst)
      expect(parseTimeFirstSessionKey(latin1(bytes.timeFirst))).toEqual(parts)
      expect(hex(keyFirstSessionKey(parts))).toBe(bytes.keyFirst)
      expect(parseSessionKey(latin1(bytes.keyFirst).slice(1))).toEqual(parts)
      const serde = sessionWindowed(string())
      const windowed = { key, window: { start, end } }
      const topicKey = unhex(bytes.topicKey)
      expect(hex(serde.encode(windowed, keyContext))).toBe(bytes.topicKey)
      expect(serde.decode(topicKey, 0, topicKey.length, keyContext)).toEqual(windowed)
    }
  })

  it('timestampedValues', () => {
    for (const { value, timestamp, bytes } of formats.timestampedValues.vectors) {
      expect(hex(withTimestamp(Buffer.from(value), timestamp))).toBe(bytes)
      expect(readInt64(unhex(bytes), 0)).toBe(timestamp)
      expect(unhex(bytes).toString('utf8', 8)).toBe(value)
    }
  })

  it('outerJoinStore', () => {
    for (const { key, timestamp, side, value, keyBytes, valueBytes } of formats.outerJoinStore.vectors) {
      expect(hex(outerJoinKey(timestamp, side, fromText(key)))).toBe(keyBytes)
      expect(parseOuterJoinKey(latin1(keyBytes))).toEqual({ timestamp, side, key: fromText(key) })
      expect(hex(outerJoinValue(side, Buffer.from(value)))).toBe(valueBytes)
    }
  })

  it('changedValues', () => {
    const serde = changeSerde(string())
    for (const { new: newValue, old, bytes } of formats.changedValues.vectors) {
      const change = new Change(newValue, old)
      expect(hex(serde.encode(change, context))).toBe(bytes)
      expect(serde.decode(unhex(bytes), 0, bytes.length / 2, context)).toEqual(change)
    }
  })

  it('subscriptions', () => {
    for (const vector of formats.subscriptions.vectors) {
      const subscription = {
        instruction: vector.instructionByte,
        hash: hashOf(vector.hashOf),
        primaryKey: Buffer.from(vector.primaryKey),
        primaryPartition: vector.version === 0 ? undefined : vector.primaryPartition,
      }
      expect(hex(subscriptionSerde.encode(subscription, context))).toBe(vector.bytes)
      const read = subscriptionSerde.decode(unhex(vector.bytes), 0, vector.bytes.length / 2, context)
      expect(hex(subscriptionSerde.encode(read, context))).toBe(vector.bytes)
      expect(Buffer.from(read.primaryKey).toString()).toBe(vector.primaryKey)
      expect(read.primaryPartition).toBe(subscription.primaryPartition)
      expect(read.instruction).toBe(vector.instructionByte)
    }
  })

  it('responses', () => {
    const serde = responseSerde(string())
    for (const { hashOf: hashed, value, bytes } of formats.responses.vectors) {
      const hash = hashOf(hashed)
      expect(hex(serde.encode({ hash, value, primaryPartition: undefined }, context))).toBe(bytes)
      const read = serde.decode(unhex(bytes), 0, bytes.length / 2, context)
      // An empty value has no bytes of its own: it is read as none, as in Kafka Streams.
      expect(read.value).toBe(value === '' ? null : value)
      expect(read.hash === null ? null : hex(read.hash)).toBe(hash === null ? null : hex(hash))
    }
  })
})
