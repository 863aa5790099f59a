/**
 * Forwards what changed in a window or session: at once, or, where the store has a record cache, when that writes back.
 * While the cache does, the record context is that of the update's last writer, so headers come from there.
 */

import { Change } from '../processor/change.ts'
import type { OperatorContext } from '../processor/processor-context.ts'
import type { Headers } from '../record/headers.ts'
import { StreamRecord } from '../record/stream-record.ts'
import type { Windowed } from '../record/windowed.ts'
import type { CachedStore, CacheFlush } from '../state/stores.ts'

export class WindowedForwarder<K, A> {
  readonly #context: OperatorContext<Windowed<K>, Change<A>>
  readonly #sendOldValues: boolean
  readonly #direct: boolean

  /** @param timeOf time of what the record cache forwards */
  constructor(
    context: OperatorContext<Windowed<K>, Change<A>>,
    store: CachedStore<Windowed<K>, A>,
    sendOldValues: boolean,
    timeOf: (flush: CacheFlush<Windowed<K>, A>) => number,
  ) {
    this.#context = context
    this.#sendOldValues = sendOldValues
    const listener = (flush: CacheFlush<Windowed<K>, A>): void => {
      const change = new Change(flush.newValue, sendOldValues ? flush.oldValue : null)
      context.forward(new StreamRecord(flush.key, change, timeOf(flush), context.recordContext.headers?.copy()))
    }
    this.#direct = !store.setFlushListener(listener, sendOldValues)
  }

  forward(
    key: K,
    start: number,
    end: number,
    newValue: A | null,
    oldValue: A | null,
    timestamp: number,
    headers: Headers | undefined,
  ): void {
    if (!this.#direct) return
    const change = new Change(newValue, this.#sendOldValues ? oldValue : null)
    this.#context.forward(new StreamRecord({ key, window: { start, end } }, change, timestamp, headers?.copy()))
  }
}
