/**
 * Aggregation by sessions (KStreamSessionWindowAggregate).
 *
 * Records with a null key are dropped, null values are aggregated. A record joins all sessions of its key within the gap into
 * one: tombstones for those that were merged, in the store's order, then the new session; no tombstone if the record fell
 * inside the only one. Dropped as late if the merged session's end is before stream time - grace - gap. Time of what comes
 * out: the session's end. Updates carry no headers; results on close carry those of the record that closed them.
 */

import type { Change } from '../processor/change.ts'
import type { Processor } from '../processor/processor.ts'
import type { OperatorContext, ProcessorContext } from '../processor/processor-context.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { Windowed } from '../record/windowed.ts'
import type { SessionStore } from '../state/stores.ts'
import type { SessionWindows } from '../window/windows.ts'
import { initial } from './aggregate-functions.ts'
import type { AggregationEngine, AggregationSettings } from './aggregation-engine.ts'
import { EmitOnClose } from './emit-on-close.ts'
import { sessionStoreBuilder } from './materialized-stores.ts'
import { WindowedForwarder } from './windowed-forwarder.ts'
import { sessionGetter } from './windowed-getter.ts'

export function sessionWindowEngine<K>(
  windows: SessionWindows,
  emitOnClose: boolean,
): AggregationEngine<K, Windowed<K>> {
  return {
    graceMs: windows.suppressGraceMs,
    keySerde: (inner) => windows.keySerde(inner),
    store: (name, options, key, value) => sessionStoreBuilder(name, options, key, value, windows, emitOnClose),
    processor: (settings) => new SessionAggregate(settings, windows, emitOnClose),
    getter: sessionGetter,
  }
}

class SessionAggregate<K, V, A> implements Processor<K, V, Windowed<K>, Change<A>> {
  readonly #settings: AggregationSettings<K, V, A>
  readonly #windows: SessionWindows
  readonly #emitsOnClose: boolean
  #context!: OperatorContext<Windowed<K>, Change<A>>
  #store!: SessionStore<K, A>
  #forwarder: WindowedForwarder<K, A> | undefined
  #onClose: EmitOnClose<K, A> | undefined
  #streamTime = -1

  constructor(settings: AggregationSettings<K, V, A>, windows: SessionWindows, emitOnClose: boolean) {
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
    else this.#forwarder = new WindowedForwarder(operator, this.#store, sendOldValues, (flush) => flush.key.window.end)
  }

  process(record: StreamRecord<K, V>): void {
    const { key, value, timestamp } = record
    if (key === null) {
      this.#context.dropped('null-key')
      return
    }
    if (timestamp > this.#streamTime) this.#streamTime = timestamp
    const { graceMs, gapMs } = this.#windows
    const closeTime = this.#streamTime - graceMs - gapMs
    const { functions } = this.#settings
    const merge = functions.merge as NonNullable<typeof functions.merge>

    let start = timestamp
    let end = timestamp
    let aggregate = initial(functions, this.#context)
    const merged: (readonly [Windowed<K>, A])[] = []
    for (const session of this.#store.findSessions(key, timestamp - gapMs, timestamp + gapMs)) {
      merged.push(session)
      const { window } = session[0]
      if (window.start < start) start = window.start
      if (window.end > end) end = window.end
      aggregate = (merge(aggregate, session[1], key) ?? null) as A
    }

    if (end < closeTime) {
      this.#context.dropped('late')
    } else {
      if (start !== timestamp || end !== timestamp) this.#removeMerged(merged)
      const after = functions.add(aggregate, value, key) ?? null
      this.#store.put({ key, window: { start, end } }, after)
      this.#forwarder?.forward(key, start, end, after, null, end, undefined)
    }
    if (this.#onClose !== undefined) this.#emitClosed(record, closeTime, this.#onClose)
  }

  #removeMerged(sessions: readonly (readonly [Windowed<K>, A])[]): void {
    for (const [session, aggregate] of sessions) {
      const { start, end } = session.window
      this.#store.remove(session)
      this.#forwarder?.forward(session.key, start, end, null, aggregate, end, undefined)
    }
  }

  #emitClosed(record: StreamRecord<K, V>, closeTime: number, onClose: EmitOnClose<K, A>): void {
    if (!onClose.due(closeTime)) return
    const to = closeTime - 1
    const from = Math.max(0, onClose.position)
    if (to < 0 || to < from) return
    for (const [session, aggregate] of this.#store.findSessionsByEnd(from, to)) {
      onClose.emit(record, session, aggregate, session.window.end)
    }
    onClose.reached(closeTime)
  }
}
