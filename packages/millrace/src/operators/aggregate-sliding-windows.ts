/**
 * Aggregation by sliding windows (KStreamSlidingWindowAggregate). Only windows that differ in their records exist: one that
 * ends at each record ("left"), and one that begins just after a record once another falls in it ("right").
 *
 * Records with a null key or value are dropped; so are those with timestamp + difference before stream time - grace. A window
 * is updated while its end is at or after that. Order of updates for one record: existing windows newest first, then the
 * previous record's right window, the record's left window, its right window. Records with a timestamp below the difference
 * would need windows that begin before 0: they share [0, difference].
 */

import type { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { Windowed } from '../record/windowed.ts'
import type { TimestampedWindowStore, ValueAndTimestamp } from '../state/stores.ts'
import type { SlidingWindows } from '../window/windows.ts'
import { initial } from './aggregate-functions.ts'
import type { AggregationEngine, AggregationSettings } from './aggregation-engine.ts'
import { EmitOnClose } from './emit-on-close.ts'
import { windowStoreBuilder } from './materialized-stores.ts'
import { WindowedForwarder } from './windowed-forwarder.ts'
import { windowGetter } from './windowed-getter.ts'

export function slidingWindowEngine<K>(
  windows: SlidingWindows,
  emitOnClose: boolean,
): AggregationEngine<K, Windowed<K>> {
  return {
    graceMs: windows.suppressGraceMs,
    keySerde: (inner) => windows.keySerde(inner),
    store: (name, options, key, value) => windowStoreBuilder(name, options, key, value, windows, emitOnClose),
    processor: (settings) => new SlidingAggregate(settings, windows, emitOnClose),
    getter: windowGetter,
  }
}

class SlidingAggregate<K, V, A> implements Processor<K, V, Windowed<K>, Change<A>> {
  readonly #settings: AggregationSettings<K, V, A>
  readonly #difference: number
  readonly #grace: number
  readonly #emitsOnClose: boolean
  #context!: OperatorContext<Windowed<K>, Change<A>>
  #store!: TimestampedWindowStore<K, A>
  #forwarder: WindowedForwarder<K, A> | undefined
  #onClose: EmitOnClose<K, A> | undefined
  #streamTime = -1
  #closeTime = -1

  constructor(settings: AggregationSettings<K, V, A>, windows: SlidingWindows, emitOnClose: boolean) {
    this.#settings = settings
    this.#difference = windows.differenceMs
    this.#grace = windows.graceMs
    this.#emitsOnClose = emitOnClose
  }

  init(context: ProcessorContext<Windowed<K>, Change<A>>): void {
    const operator = context as OperatorContext<Windowed<K>, Change<A>>
    const { storeName, sendOldValues } = this.#settings
    this.#context = operator
    this.#store = operator.store(storeName)
    if (this.#emitsOnClose) this.#onClose = new EmitOnClose(operator, storeName)
    else this.#forwarder = new WindowedForwarder(operator, this.#store, sendOldValues, (flush) => flush.timestamp)
  }

  process(record: StreamRecord<K, V>): void {
    const { key, value, timestamp } = record
    if (key === null || value === null) {
      this.#context.dropped(key === null ? 'null-key' : 'null-value')
      return
    }
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    this.#closeTime = this.#streamTime - this.#grace
    if (timestamp + this.#difference < this.#closeTime) {
      this.#context.dropped('late')
      return
    }
    if (timestamp < this.#difference) {
      this.#processEarly(record)
      return
    }
    this.#processUsual(record)
    if (this.#onClose !== undefined) this.#emitClosed(record, this.#onClose)
  }

  #processUsual(record: StreamRecord<K, V>): void {
    const { key, timestamp } = record
    const difference = this.#difference
    const starts: number[] = []
    let left: ValueAndTimestamp<A> | undefined
    let right: ValueAndTimestamp<A> | undefined
    let leftExists = false
    let rightExists = false
    let previous = -1
    // One beyond the timestamp: the record's own right window, if it exists.
    const found = this.#store.fetchRange(key, Math.max(0, timestamp - 2 * difference), timestamp + 1, { reverse: true })
    for (const { windowStart: start, value } of found) {
      starts.push(start)
      const end = start + difference
      if (start === timestamp + 1) {
        rightExists = true
      } else if (end > timestamp) {
        right ??= value
        this.#update(record, start, value)
      } else if (end === timestamp) {
        leftExists = true
        this.#update(record, start, value)
        // A record of this very time was here before: all windows it needs exist.
        if (value.timestamp >= timestamp) return
        previous = value.timestamp
      } else {
        left = value
        previous = value.timestamp
        break
      }
    }
    if (previous !== -1) {
      const start = previous + 1
      if (!starts.includes(start) && start + difference >= timestamp) this.#create(record, start)
    }
    if (!leftExists) {
      const start = timestamp - difference
      if (left !== undefined && start <= previous) this.#update(record, start, { value: left.value, timestamp })
      else this.#create(record, start)
    }
    if (!rightExists && right !== undefined && right.timestamp > timestamp) this.#createRight(record, right)
  }

  #processEarly(record: StreamRecord<K, V>): void {
    const { key, timestamp } = record
    const starts: number[] = []
    let combined: ValueAndTimestamp<A> | undefined
    let right: ValueAndTimestamp<A> | undefined
    let rightExists = false
    let previous = -1
    for (const { windowStart: start, value } of this.#store.fetchRange(key, 0, timestamp + 1)) {
      starts.push(start)
      if (start === 0) {
        combined = value
        if (value.timestamp < timestamp) previous = value.timestamp
      } else if (start <= timestamp) {
        right = value
        this.#update(record, start, value)
      } else {
        rightExists = true
      }
    }
    // What is in the combined window came after this record, if anything did and no right window shows it.
    if (right === undefined && combined !== undefined && combined.timestamp > timestamp) right = combined
    if (!rightExists && right !== undefined && right.timestamp > timestamp) this.#createRight(record, right)
    if (previous !== -1 && !starts.includes(previous + 1)) this.#create(record, previous + 1)
    if (combined === undefined) this.#create(record, 0)
    else this.#update(record, 0, combined)
  }

  /** A window whose first record this is. */
  #create(record: StreamRecord<K, V>, start: number): void {
    const value = initial(this.#settings.functions, this.#context)
    this.#update(record, start, { value, timestamp: record.timestamp })
  }

  /** The record's right window: it holds what a window around it holds of later records. */
  #createRight(record: StreamRecord<K, V>, aggregate: ValueAndTimestamp<A>): void {
    const start = record.timestamp + 1
    const { value, timestamp } = aggregate
    this.#store.put(record.key, aggregate, start)
    this.#forward(record, start, value, null, timestamp)
  }

  #update(record: StreamRecord<K, V>, start: number, stored: ValueAndTimestamp<A>): void {
    if (start + this.#difference < this.#closeTime) {
      this.#context.dropped('late')
      return
    }
    const { key, value, timestamp } = record
    const before = stored.value
    const after = this.#settings.functions.add(before, value, key) ?? null
    const time = before === null || timestamp > stored.timestamp ? timestamp : stored.timestamp
    this.#store.put(key, after === null ? null : { value: after, timestamp: time }, start)
    this.#forward(record, start, after, before, time)
  }

  #forward(record: StreamRecord<K, V>, start: number, after: A | null, before: A | null, time: number): void {
    this.#forwarder?.forward(record.key, start, start + this.#difference, after, before, time, record.headersIfAny)
  }

  #emitClosed(record: StreamRecord<K, V>, onClose: EmitOnClose<K, A>): void {
    const closeTime = this.#closeTime
    if (!onClose.due(closeTime)) return
    const to = closeTime - this.#difference - 1
    if (to < 0) return
    const from = onClose.position === -1 ? 0 : Math.max(0, onClose.position - this.#difference)
    for (const [windowed, { value, timestamp }] of this.#store.fetchByTime(from, to)) {
      onClose.emit(record, windowed, value, timestamp)
    }
    onClose.reached(closeTime)
  }
}
