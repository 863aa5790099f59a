/**
 * Emission of final results when windows close: when it is due, and how far it has come. The position (the close time up to
 * which windows were emitted) is kept with the committed offsets under the store's name, so that a restart emits nothing
 * twice (reference 2.12).
 *
 * Checked at each record, but at most once in `emitIntervalMs` of wall-clock time. Knows nothing of kinds of windows: the
 * operator gives the range of the store to walk.
 */

import { Change } from '../processor/change.ts'
import type { OperatorContext } from '../processor/processor-context.ts'
import { StreamRecord } from '../record/stream-record.ts'
import type { Windowed } from '../record/windowed.ts'

export class EmitOnClose<K, A> {
  readonly #context: OperatorContext<Windowed<K>, Change<A>>
  readonly #storeName: string
  #nextCheck = 0
  #position: number

  constructor(context: OperatorContext<Windowed<K>, Change<A>>, storeName: string) {
    this.#context = context
    this.#storeName = storeName
    this.#position = context.processorMetadata(storeName) ?? -1
  }

  /** Close time that the last emission reached; -1 if there was none. */
  get position(): number {
    return this.#position
  }

  /** Whether windows that closed before `closeTime` may be emitted now. Asking counts for the throttle. */
  due(closeTime: number): boolean {
    const now = this.#context.currentSystemTimeMs()
    if (now < this.#nextCheck) return false
    this.#nextCheck = now + this.#context.emitIntervalMs
    return this.#position === -1 || this.#position < closeTime
  }

  /** Forwards a window's final result. Headers are those of the record that closed it. */
  emit(trigger: StreamRecord<K, unknown>, windowed: Windowed<K>, value: A, timestamp: number): void {
    const headers = trigger.headersIfAny?.copy()
    this.#context.forward(new StreamRecord(windowed, new Change(value, null), timestamp, headers))
  }

  /** All windows that closed before `closeTime` are emitted. */
  reached(closeTime: number): void {
    this.#position = closeTime
    this.#context.putProcessorMetadata(this.#storeName, closeTime)
  }
}
