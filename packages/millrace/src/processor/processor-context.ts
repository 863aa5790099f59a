/**
 * What a processor can ask of the task it runs in. `OperatorContext` has more, for Millrace's own operators and for those
 * built on `millrace/operator`: the record context, drop counters, metadata kept with the committed offsets.
 */

import type { Clock } from '../record/clock.ts'
import type { Serde } from '../record/serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { RecordContext, StateStore } from '../state/state-store.ts'

export interface TaskId {
  readonly subtopology: number
  readonly partition: number
}

export interface RecordMetadata {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface Cancellable {
  cancel(): void
}

export type PunctuationType = 'stream-time' | 'wall-clock-time'

interface BaseContext {
  readonly applicationId: string
  readonly taskId: TaskId
  /** The name of the processor node. */
  readonly nodeName: string
  /** A store connected to this node. @throws StreamsError if it is not connected. */
  store<S extends StateStore>(name: string): S
  /**
   * Calls back each time `intervalMs` of stream time or wall-clock time has passed. Stream time: aligned to 0, first as soon
   * as stream time is known, missed intervals collapse into one. Wall clock: first after one interval. With `startTime` the
   * punctuations are anchored there (KIP-1146).
   */
  schedule(
    intervalMs: number,
    type: PunctuationType,
    punctuate: (timestamp: number) => void,
    options?: { startTime?: number },
  ): Cancellable
  /** Asks for a commit soon. */
  commit(): void
  /** Highest timestamp the task has taken from its queues; -1 at the start. */
  currentStreamTimeMs(): number
  currentSystemTimeMs(): number
  /** Where the record being processed came from; undefined in a punctuation. */
  recordMetadata(): RecordMetadata | undefined
}

export interface ProcessorContext<K = unknown, V = unknown> extends BaseContext {
  /** Passes a record to all children in the order they were added, or to one by name. Depth first, before it returns. */
  forward(record: StreamRecord<K, V>, childName?: string): void
}

export interface FixedKeyProcessorContext<K = unknown, V = unknown> extends BaseContext {
  /** As `ProcessorContext.forward`; the record must have the key that came in (use `record.withValue`). */
  forward(record: StreamRecord<K, V>, childName?: string): void
}

/** The wider context of operators: every context the runtime hands to a processor is one. */
export interface OperatorContext<K = unknown, V = unknown> extends ProcessorContext<K, V> {
  readonly clock: Clock
  /** The current record's context: mutable, shared by the whole task. */
  readonly recordContext: RecordContext
  /** Counts a record dropped by this node, with the reason (law 10), e.g. `null-key`, `late`. */
  dropped(reason: string): void
  /** Kept with the committed offsets' metadata (reference 2.12), e.g. the emit position of on-window-close. */
  putProcessorMetadata(key: string, value: number): void
  processorMetadata(key: string): number | undefined
  /** Wall-clock throttle of on-window-close and outer-join emission, ms: 1000; the test driver sets 0. */
  readonly emitIntervalMs: number
  /** The app's default serdes, for operators that write bytes by themselves and were given no serde. */
  readonly defaultKeySerde: Serde<unknown>
  readonly defaultValueSerde: Serde<unknown>
  /** True in the test driver and simulator: values handed to user code are frozen (law 11). */
  readonly freezesValues: boolean
}
