/**
 * Aggregation by tumbling, hopping and unlimited windows (KStreamWindowAggregate).
 *
 * Records with a null key are dropped, null values are aggregated. A window takes records while its end is after stream time
 * minus grace, each window of a record by itself; stream time is this operator's own, from the records that reach it. The
 * result's time is the highest of the window's records. On close: windows are emitted in the order of their start.
 */

import type { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import { TopologyError } from '../record/errors.ts'
import { windowEnd } from '../record/serdes/time-windowed.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { Windowed } from '../record/windowed.ts'
import type { TimestampedWindowStore } from '../state/stores.ts'
import type { TimeWindows } from '../window/windows.ts'
import { initial } from './aggregate-functions.ts'
import type { AggregationEngine, AggregationSettings } from './aggregation-engine.ts'
import { EmitOnClose } from './emit-on-close.ts'
import { windowStoreBuilder } from './materialized-stores.ts'
import { WindowedForwarder } from './windowed-forwarder.ts'
import { windowGetter } from './windowed-getter.ts'

export function timeWindowEngine<K>(windows: TimeWindows, emitOnClose: boolean): AggregationEngine<K, Windowed<K>> {
  if (emitOnClose && windows.advanceMs === Number.POSITIVE_INFINITY) {
    throw new TopologyError(
      `${windows.description} never closes, so nothing could be emitted on close: use tumbling, hopping, sliding or ` +
        'session windows, or emit on update.',
    )
  }
  return {
    graceMs: windows.suppressGraceMs,
    keySerde: (inner) => windows.keySerde(inner),
    store: (name, options, key, value) => windowStoreBuilder(name, options, key, value, windows, emitOnClose),
    processor: (settings) => new TimeWindowAggregate(settings, windows, emitOnClose),
    getter: windowGetter,
  }
}

class TimeWindowAggregate<K, V, A> implements Processor<K, V, Windowed<K>, Change<A>> {
  readonly #settings: AggregationSettings<K, V, A>
  readonly #windows: TimeWindows
  readonly #emitsOnClose: boolean
  #context!: OperatorContext<Windowed<K>, Change<A>>
  #store!: TimestampedWindowStore<K, A>
  #forwarder: WindowedForwarder<K, A> | undefined
  #onClose: EmitOnClose<K, A> | undefined
  #streamTime = -1

  constructor(settings: AggregationSettings<K, V, A>, windows: TimeWindows, emitOnClose: boolean) {
    this.#settings = settings
    this.#windows = windows
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
    const { key, timestamp } = record
    if (key === null) {
      this.#context.dropped('null-key')
      return
    }
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    const { graceMs, sizeMs, advanceMs } = this.#windows
    const closeTime = this.#streamTime - graceMs
    for (let start = this.#windows.firstStart(timestamp); start <= timestamp; start += advanceMs) {
      const end = windowEnd(start, sizeMs)
      if (end > closeTime) this.#update(record, start, end)
      else this.#context.dropped('late')
    }
    if (this.#onClose !== undefined) this.#emitClosed(record, closeTime, this.#onClose)
  }

  #update(record: StreamRecord<K, V>, start: number, end: number): void {
    const { key, value, timestamp } = record
    const { functions } = this.#settings
    const stored = this.#store.fetch(key, start)
    let before: A
    let time = timestamp
    if (stored === null) {
      before = initial(functions, this.#context)
    } else {
      before = stored.value
      if (stored.timestamp > time) time = stored.timestamp
    }
    const after = functions.add(before, value, key) ?? null
    this.#store.put(key, after === null ? null : { value: after, timestamp: time }, start)
    this.#forwarder?.forward(key, start, end, after, before, time, record.headersIfAny)
  }

  #emitClosed(record: StreamRecord<K, V>, closeTime: number, onClose: EmitOnClose<K, A>): void {
    if (!onClose.due(closeTime)) return
    const { sizeMs } = this.#windows
    const to = closeTime - sizeMs
    if (to < 0) return
    const { position } = onClose
    const from = position === -1 ? 0 : Math.max(0, position - sizeMs) + 1
    if (position !== -1 && this.#sameWindows(to, from - 1)) return
    for (const [windowed, { value, timestamp }] of this.#store.fetchByTime(from, to)) {
      onClose.emit(record, windowed, value, timestamp)
    }
    onClose.reached(closeTime)
  }

  /** Whether two times fall in the same windows: then none has closed between them. */
  #sameWindows(one: number, other: number): boolean {
    const { advanceMs } = this.#windows
    const first = this.#windows.firstStart(one)
    if (first !== this.#windows.firstStart(other)) return false
    return Math.floor((one - first) / advanceMs) === Math.floor((other - first) / advanceMs)
  }
}
