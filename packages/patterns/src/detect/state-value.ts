/**
 * Values of the one store an operator keeps: events in the user's own serde, with their time; everything else as JSON, so
 * that it can be read on the changelog. The first byte says which.
 */

import type { Serde } from 'millrace'
import { deferSerde, resolveSerde } from 'millrace/operator'
import type { GroupData } from '../match/run-data.ts'

export interface EventValue<E> {
  readonly kind: 'event'
  readonly timestamp: number
  readonly event: E
}

/** Runs, or one finished match, without the start, which the key of runs says and a match begins with. */
export interface RunsValue {
  readonly kind: 'runs'
  readonly data: GroupData
}

export interface MetaValue {
  readonly kind: 'meta'
  /** When the key is to be woken; a timer entry is there for it. Null: it is not. */
  readonly wakeAt: number | null
  readonly canStart: boolean
}

/** A timer has nothing to say but its key. */
export interface TimerValue {
  readonly kind: 'timer'
}

export type StateValue<E> = EventValue<E> | RunsValue | MetaValue | TimerValue

export const TIMER_VALUE: TimerValue = Object.freeze({ kind: 'timer' })

const EVENT = 1
const JSON_TEXT = 2

/** @param inner serde of the user's events; undefined: the app's default */
export function stateValueSerde<E>(inner: Serde<E> | undefined): Serde<StateValue<E>> {
  return deferSerde('pattern state', (fallback) => serdeOf(resolveSerde(inner, fallback)))
}

function serdeOf<E>(inner: Serde<E>): Serde<StateValue<E>> {
  return {
    name: `pattern state of ${inner.name}`,
    // Keys in memory are kept decoded; a store need not keep their parts too.
    decodesFast: true,
    encode(state, context) {
      if (state.kind !== 'event') return text(state)
      const event = inner.encode(state.event, context)
      const bytes = Buffer.allocUnsafe(9 + event.length)
      bytes[0] = EVENT
      bytes.writeDoubleBE(state.timestamp, 1)
      bytes.set(event, 9)
      return bytes
    },
    decode(bytes, start, end, context) {
      if (bytes[start] !== EVENT) return JSON.parse(bytes.toString('utf8', start + 1, end)) as StateValue<E>
      const event = inner.decode(bytes, start + 9, end, context)
      return { kind: 'event', timestamp: bytes.readDoubleBE(start + 1), event }
    },
  }
}

function text(state: object): Buffer {
  const json = JSON.stringify(state)
  const bytes = Buffer.allocUnsafe(1 + Buffer.byteLength(json))
  bytes[0] = JSON_TEXT
  bytes.write(json, 1)
  return bytes
}
