/**
 * A processor as it runs in a task: the processor object, its context, its children. Forwarding is a plain loop over
 * children, depth first, because this is the hot path; the record context follows the record down and comes back.
 */

import type { Processor } from '../processor/processor.ts'
import type {
  Cancellable,
  OperatorContext,
  PunctuationType,
  RecordMetadata,
  TaskId,
} from '../processor/processor-context.ts'
import type { Clock } from '../record/clock.ts'
import { deepFreeze } from '../record/deep-freeze.ts'
import { MillraceError, StreamsError } from '../record/errors.ts'
import type { Serde } from '../record/serde.ts'
import type { StreamRecord } from '../record/stream-record.ts'
import type { StateStore } from '../state/state-store.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { ProcessingHandler } from './error-handlers.ts'
import type { Runner } from './runner.ts'
import type { TaskRecordContext } from './task-record-context.ts'

/** What a node's context asks of its task. */
export interface TaskServices {
  readonly defaultKeySerde: Serde<unknown>
  readonly defaultValueSerde: Serde<unknown>
  readonly applicationId: string
  readonly id: TaskId
  readonly clock: Clock
  readonly recordContext: TaskRecordContext
  readonly emitIntervalMs: number
  readonly freezesValues: boolean
  readonly onProcessingError: ProcessingHandler
  readonly deadLetters: DeadLetters | undefined
  streamTime(): number
  store(name: string): StateStore | undefined
  schedule(
    intervalMs: number,
    type: PunctuationType,
    run: (timestamp: number) => void,
    startTime: number | undefined,
  ): Cancellable
  requestCommit(): void
  dropped(node: string, reason: string): void
  putProcessorMetadata(key: string, value: number): void
  processorMetadata(key: string): number | undefined
}

type AnyRecord = StreamRecord<unknown, unknown>

export class ProcessorRunner implements Runner, OperatorContext<unknown, unknown> {
  readonly name: string
  readonly nodeName: string
  readonly defaultKeySerde: Serde<unknown>
  readonly defaultValueSerde: Serde<unknown>
  readonly applicationId: string
  readonly taskId: TaskId
  readonly clock: Clock
  readonly recordContext: TaskRecordContext
  readonly emitIntervalMs: number
  readonly freezesValues: boolean
  children: readonly Runner[] = []
  readonly #task: TaskServices
  readonly #processor: Processor<unknown, unknown, unknown, unknown>
  readonly #storeNames: ReadonlySet<string>

  constructor(
    name: string,
    processor: Processor<unknown, unknown, unknown, unknown>,
    storeNames: readonly string[],
    task: TaskServices,
  ) {
    this.name = name
    this.nodeName = name
    this.defaultKeySerde = task.defaultKeySerde
    this.defaultValueSerde = task.defaultValueSerde
    this.applicationId = task.applicationId
    this.taskId = task.id
    this.clock = task.clock
    this.recordContext = task.recordContext
    this.emitIntervalMs = task.emitIntervalMs
    this.freezesValues = task.freezesValues
    this.#task = task
    this.#processor = processor
    this.#storeNames = new Set(storeNames)
  }

  init(): void {
    this.#processor.init?.(this)
  }

  close(): void {
    this.#processor.close?.()
  }

  process(record: AnyRecord): void {
    try {
      this.#processor.process(record)
    } catch (cause) {
      this.#failed(cause)
    }
  }

  forward(record: AnyRecord, childName?: string): void {
    if (this.freezesValues) {
      deepFreeze(record.key)
      deepFreeze(record.value)
    }
    const context = this.recordContext
    const timestampBefore = context.timestamp
    const currentBefore = context.current
    const headersBefore = currentBefore === undefined ? context.headers : undefined
    context.timestamp = record.timestamp
    context.current = record
    const children = this.children
    if (childName === undefined) {
      for (let i = 0; i < children.length; i++) children[i].process(record)
    } else {
      this.#child(childName).process(record)
    }
    context.timestamp = timestampBefore
    if (currentBefore === undefined) context.headers = headersBefore
    else context.current = currentBefore
  }

  store<S extends StateStore>(name: string): S {
    const store = this.#task.store(name)
    if (store === undefined || (!this.#storeNames.has(name) && !this.#isGlobal(name))) {
      throw new StreamsError(
        'MILLRACE_STORE_NOT_CONNECTED',
        `Processor ${this.name} has no access to the store ${name}: name it in the processor's \`stores\`, or add it with ` +
          'builder.addStateStore(...) first.',
      )
    }
    return store as S
  }

  #isGlobal(name: string): boolean {
    return this.globalStoreNames?.has(name) ?? false
  }

  /** Global stores may be read from any processor without being connected. */
  globalStoreNames: ReadonlySet<string> | undefined

  schedule(
    intervalMs: number,
    type: PunctuationType,
    punctuate: (timestamp: number) => void,
    options?: { startTime?: number },
  ): Cancellable {
    if (!(intervalMs > 0)) {
      throw new StreamsError(
        'MILLRACE_PUNCTUATION',
        `Processor ${this.name}: a punctuation interval must be > 0 ms, not ${intervalMs}.`,
      )
    }
    const run = (timestamp: number): void => {
      this.recordContext.clear(timestamp)
      try {
        punctuate(timestamp)
      } catch (cause) {
        this.#failed(cause)
      }
    }
    return this.#task.schedule(intervalMs, type, run, options?.startTime)
  }

  commit(): void {
    this.#task.requestCommit()
  }

  currentStreamTimeMs(): number {
    return this.#task.streamTime()
  }

  currentSystemTimeMs(): number {
    return this.clock.now()
  }

  recordMetadata(): RecordMetadata | undefined {
    const { topic, partition, offset } = this.recordContext
    return topic === null ? undefined : { topic, partition, offset }
  }

  dropped(reason: string): void {
    this.#task.dropped(this.name, reason)
  }

  putProcessorMetadata(key: string, value: number): void {
    this.#task.putProcessorMetadata(key, value)
  }

  processorMetadata(key: string): number | undefined {
    return this.#task.processorMetadata(key)
  }

  #child(name: string): Runner {
    const child = this.children.find((candidate) => candidate.name === name)
    if (child !== undefined) return child
    throw new StreamsError(
      'MILLRACE_UNKNOWN_CHILD',
      `Processor ${this.name} forwards to ${name}, which is not among its children: ${this.children.map((c) => c.name).join(', ')}.`,
    )
  }

  /** Errors of our own (and what an inner node has reported already) pass; user code's get coordinates and the policy. */
  #failed(cause: unknown): void {
    if (cause instanceof MillraceError) throw cause
    const { topic, partition, offset } = this.recordContext
    const task = `${this.taskId.subtopology}_${this.taskId.partition}`
    const where = topic === null ? 'in a punctuation' : `for ${topic}-${partition}@${offset}`
    const error = new StreamsError(
      'MILLRACE_PROCESSING',
      `Processor ${this.name} (task ${task}) failed ${where}: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        "Fix the callback, or set processingExceptionHandler to 'continue' to skip such records.",
      { cause, coordinates: { topic: topic ?? undefined, partition, offset, task, operator: this.name } },
    )
    const answer = this.#task.onProcessingError(error)
    if (answer === 'fail') throw error
    if (answer === 'dead-letter') {
      const { sourceBatch: batch, sourceRow: row } = this.recordContext
      this.#task.deadLetters?.send(batch === undefined ? undefined : { batch, row }, error)
    }
    this.#task.dropped(this.name, 'failed')
  }
}
