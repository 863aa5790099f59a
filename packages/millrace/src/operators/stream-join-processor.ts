/**
 * The engine of stream–stream joins: one side of inner, left and outer joins. It looks the record up among the other side's
 * records in its window; its own side was stored, after it was forwarded here, by `StreamJoinWindow`.
 *
 * A record without a match is kept in the store that both sides share, if its side is to be preserved; it is released, with
 * null for the other side, once stream time has passed its window and grace. Release is attempted by records that are not
 * behind stream time, at most every `emitIntervalMs` of wall-clock time.
 */

import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import { StreamRecord } from '../record/stream-record.ts'
import type { JoinSide, OuterJoinKey, OuterJoinStore } from '../state/outer-join-store.ts'
import type { WindowStore } from '../state/stores.ts'
import type { JoinWindows } from '../window/windows.ts'
import type { StreamJoinTime, StreamJoinTimes } from './stream-join-time.ts'

export type StreamJoiner<K, L, R, VOut> = (left: L | null, right: R | null, key: K) => VOut | null | undefined

export interface StreamJoinSideSettings<K, L, R, VOut> {
  readonly side: JoinSide
  readonly joiner: StreamJoiner<K, L, R, VOut>
  readonly windows: JoinWindows
  /** Records of this side are kept where they have no match. */
  readonly preserved: boolean
  /** The window store of the other side's records. */
  readonly otherStore: string
  /** The store of records that wait; undefined for inner joins. */
  readonly sharedStore: string | undefined
  readonly times: StreamJoinTimes
}

export class StreamJoinProcessor<K, L, R, VThis, VOther, VOut> implements Processor<K, VThis, K, VOut | null> {
  readonly #settings: StreamJoinSideSettings<K, L, R, VOut>
  readonly #isLeft: boolean
  readonly #beforeMs: number
  readonly #afterMs: number
  #context!: OperatorContext<K, VOut | null>
  #others!: WindowStore<K, VOther>
  #waiting: OuterJoinStore<K, L, R> | undefined
  #time!: StreamJoinTime

  constructor(settings: StreamJoinSideSettings<K, L, R, VOut>) {
    const { side, windows } = settings
    this.#settings = settings
    this.#isLeft = side === 'left'
    this.#beforeMs = this.#isLeft ? windows.beforeMs : windows.afterMs
    this.#afterMs = this.#isLeft ? windows.afterMs : windows.beforeMs
  }

  init(context: ProcessorContext<K, VOut | null>): void {
    const { otherStore, sharedStore, times } = this.#settings
    this.#context = context as OperatorContext<K, VOut | null>
    this.#others = context.store(otherStore)
    if (sharedStore !== undefined) this.#waiting = context.store(sharedStore)
    this.#time = times.of(this.#context.recordContext)
  }

  process(record: StreamRecord<K, VThis>): void {
    const { key, value, timestamp } = record
    const time = this.#time
    const waiting = this.#waiting
    time.advance(timestamp)
    if (value === null || key === null) {
      if (value !== null && this.#settings.preserved)
        this.#context.forward(record.withValue(this.#join(value, null, key)))
      else this.#context.dropped(key === null ? 'null-key' : 'null-value')
      return
    }
    if (waiting !== undefined && timestamp === time.streamTime) this.#release(waiting, record)

    const from = Math.max(0, timestamp - this.#beforeMs)
    const to = Math.max(0, timestamp + this.#afterMs)
    let matched = false
    for (const { windowStart, value: other } of this.#others.fetchRange(key, from, to)) {
      matched = true
      if (waiting !== undefined) waiting.remove({ timestamp: windowStart, side: this.#isLeft ? 'right' : 'left', key })
      this.#emit(record, key, this.#join(value, other, key), windowStart > timestamp ? windowStart : timestamp)
    }
    if (matched || !this.#settings.preserved) return
    if (waiting === undefined || to < time.streamTime) {
      this.#context.forward(record.withValue(this.#join(value, null, key)))
    } else {
      time.waitFrom(timestamp)
      waiting.put({ timestamp, side: this.#settings.side, key }, value as unknown as L | R)
    }
  }

  /** Emits what waited and whose window has closed. The result has the waiting record's time, the trigger's headers. */
  #release(waiting: OuterJoinStore<K, L, R>, trigger: StreamRecord<K, VThis>): void {
    const time = this.#time
    const context = this.#context
    if (time.minTime + this.#afterMs + this.#settings.windows.graceMs >= time.streamTime) return
    const now = context.currentSystemTimeMs()
    if (now < time.nextEmit) return
    time.nextEmit = now + context.emitIntervalMs
    time.minTime = Number.POSITIVE_INFINITY
    const { joiner } = this.#settings
    let previous: OuterJoinKey<K> | undefined
    let leftOpen = false
    let rightOpen = false
    for (const [waitingKey, value] of waiting.all()) {
      const { timestamp, side, key } = waitingKey
      time.minTime = timestamp
      if (leftOpen && rightOpen) break
      if (this.#isOpen(side, timestamp)) {
        if (side === 'left') leftOpen = true
        else rightOpen = true
        continue
      }
      const joined = side === 'left' ? joiner(value as L, null, key) : joiner(null, value as R, key)
      this.#emit(trigger, key, joined ?? null, timestamp)
      // The values of one key, side and time are one entry: it goes once the last of them is out.
      if (previous !== undefined && !isSame(previous, waitingKey)) waiting.remove(previous)
      previous = waitingKey
    }
    if (previous !== undefined) waiting.remove(previous)
  }

  /** Whether a waiting record may still find a match. */
  #isOpen(side: JoinSide, timestamp: number): boolean {
    const { beforeMs, afterMs, graceMs } = this.#settings.windows
    return timestamp + (side === 'left' ? afterMs : beforeMs) + graceMs >= this.#time.streamTime
  }

  #join(value: VThis, other: VOther | null, key: K): VOut | null {
    const { joiner } = this.#settings
    const joined = this.#isLeft
      ? joiner(value as unknown as L, other as unknown as R | null, key)
      : joiner(other as unknown as L | null, value as unknown as R, key)
    return joined ?? null
  }

  #emit(trigger: StreamRecord<K, VThis>, key: K, value: VOut | null, timestamp: number): void {
    this.#context.forward(new StreamRecord(key, value, timestamp, trigger.headersIfAny?.copy()))
  }
}

function isSame<K>(a: OuterJoinKey<K>, b: OuterJoinKey<K>): boolean {
  return a.timestamp === b.timestamp && a.side === b.side && a.key === b.key
}
