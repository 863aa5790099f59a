/**
 * One key's value in the record cache, with the context of the record that wrote it. Entries are changed in place and
 * linked into their cache's two orders, so that a put allocates nothing that lives on: with 100,000 keys an object a put
 * is what the garbage collector spends its time on.
 *
 * A value is kept decoded, its timestamp apart, and serialised when it is flushed, where its length is known beforehand.
 */

import type { Headers } from '../record/headers.ts'
import { contextBytes } from './buffer-value.ts'
import type { RecordContext } from './state-store.ts'

export class CacheEntry implements RecordContext {
  readonly key: string
  /** Serialised; null: deleted; undefined: not serialised, `object` and `time` say it all. */
  value: Uint8Array | null | undefined = undefined
  /** The decoded value without its timestamp; undefined where it is not known. */
  object: unknown = undefined
  /** The value's own timestamp. */
  time = 0
  topic: string | null = ''
  partition = -1
  offset = -1
  timestamp = -1
  /** The flush it waits for; 0: it is clean. */
  round = 0
  /** What it weighs. */
  bytes = 0
  /** Neighbours in the order of use. */
  older: CacheEntry | undefined = undefined
  newer: CacheEntry | undefined = undefined
  /** Neighbours in the order in which entries were dirtied last. */
  dirtyBefore: CacheEntry | undefined = undefined
  dirtyAfter: CacheEntry | undefined = undefined
  #headers: Headers | undefined = undefined
  #record: RecordContext['current'] = undefined

  constructor(key: string) {
    this.key = key
  }

  /** Those of the record as they are now: a later sibling may add some to the record before the flush. */
  get headers(): Headers | undefined {
    return this.#record === undefined ? this.#headers : this.#record.headersIfAny
  }

  set headers(headers: Headers | undefined) {
    this.#headers = headers
  }

  /** Written while this record is processed. */
  put(context: RecordContext, valueBytes: number): void {
    this.topic = context.topic
    this.partition = context.partition
    this.offset = context.offset
    this.timestamp = context.timestamp
    this.#headers = context.headers
    this.#record = context.current
    this.weigh(valueBytes)
  }

  /** Kafka Streams' estimate: key, three references, dirty flag, value, context. */
  weigh(valueBytes: number): void {
    this.bytes = this.key.length + 24 + 1 + valueBytes + contextBytes(this)
  }

  /** The record is processed to its end: its headers stay as they are, and it must not be kept alive from here. */
  settle(): void {
    if (this.#record === undefined) return
    this.#headers = this.#record.headersIfAny
    this.#record = undefined
  }

  /** Whether it was put while this record was processed. */
  isOf(context: RecordContext): boolean {
    return this.offset === context.offset && this.partition === context.partition && this.topic === context.topic
  }
}
