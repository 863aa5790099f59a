/**
 * Keys of the one store an operator keeps: what belongs to a key lies together, and timers, which are of all keys, lie in
 * the order of their time. Only the order of the bytes is used, never that of the user's keys.
 *
 * Bytes: a timer is 0, time, key; all else is 1, length of the key, key, part, time, n.
 */

import type { Serde, SerdeContext } from 'millrace'
import { deferSerde, resolveSerde } from 'millrace/operator'

/** What is kept under a key. In this order, so that events are read before the runs that name them. */
export const PART = {
  /** An event that some run has bound; `n` is its `seq`. */
  event: 1,
  /** The runs of one start; `n` is the `seq` of their first event. */
  group: 2,
  /** A finished match that is held back; `n` is its place in the heap. */
  held: 3,
  /** There is something under the key. */
  meta: 4,
  /** An event that waits for its time; `n` is the order of arrival. */
  waiting: 5,
  /** Above all parts: the end of a range. */
  end: 255,
} as const

export type Part = (typeof PART)[keyof typeof PART]

export interface TimerKey<K> {
  readonly timer: true
  /** Undefined: before all keys of that time, the bound of a range. */
  readonly key: K | undefined
  readonly time: number
}

export interface PartKey<K> {
  readonly timer: false
  readonly key: K
  readonly part: Part
  /** Of waiting events; else 0. */
  readonly time: number
  readonly n: number
}

export type StateKey<K> = TimerKey<K> | PartKey<K>

export function partKey<K>(key: K, part: Part, n = 0, time = 0): PartKey<K> {
  return { timer: false, key, part, time, n }
}

export function timerKey<K>(key: K | undefined, time: number): TimerKey<K> {
  return { timer: true, key, time }
}

const NO_KEY = new Uint8Array(0)
const TIMER = 0
const PART_HEAD = 5
const PART_TAIL = 17
const HIGH = 2 ** 32

/** @param inner serde of the user's keys; undefined: the app's default */
export function stateKeySerde<K>(inner: Serde<K> | undefined): Serde<StateKey<K>> {
  return deferSerde('pattern state key', (fallback) => serdeOf(resolveSerde(inner, fallback)))
}

function serdeOf<K>(inner: Serde<K>): Serde<StateKey<K>> {
  return {
    name: `pattern state of ${inner.name}`,
    encode(state, context) {
      const key = state.key === undefined ? NO_KEY : inner.encode(state.key, context)
      const bytes = Buffer.allocUnsafe(state.timer ? 9 + key.length : PART_HEAD + key.length + PART_TAIL)
      if (state.timer) {
        bytes[0] = TIMER
        writeOrdered(bytes, state.time, 1)
        bytes.set(key, 9)
      } else {
        bytes[0] = 1
        bytes.writeUInt32BE(key.length, 1)
        bytes.set(key, PART_HEAD)
        const tail = PART_HEAD + key.length
        bytes[tail] = state.part
        writeOrdered(bytes, state.time, tail + 1)
        writeOrdered(bytes, state.n, tail + 9)
      }
      return bytes
    },
    decode(bytes, start, end, context) {
      return bytes[start] === TIMER
        ? timerKey(inner.decode(bytes, start + 9, end, context), readOrdered(bytes, start + 1))
        : decodePart(inner, bytes, start, context)
    },
  }
}

function decodePart<K>(inner: Serde<K>, bytes: Buffer, start: number, context: SerdeContext): PartKey<K> {
  const tail = start + PART_HEAD + bytes.readUInt32BE(start + 1)
  const key = inner.decode(bytes, start + PART_HEAD, tail, context)
  return partKey(key, bytes[tail] as Part, readOrdered(bytes, tail + 9), readOrdered(bytes, tail + 1))
}

/** A safe integer, negative ones before positive ones. */
function writeOrdered(bytes: Buffer, value: number, at: number): void {
  const high = Math.floor(value / HIGH)
  bytes.writeUInt32BE((high ^ 0x80000000) >>> 0, at)
  bytes.writeUInt32BE(value - high * HIGH, at + 4)
}

function readOrdered(bytes: Buffer, at: number): number {
  return (bytes.readUInt32BE(at) ^ 0x80000000) * HIGH + bytes.readUInt32BE(at + 4)
}
