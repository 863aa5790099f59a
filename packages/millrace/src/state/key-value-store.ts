/**
 * Tables: the latest value of each key, plain or with its timestamp. Keys are the serialised keys; ranges are in the order
 * of their bytes, which is the order of the values only for serdes that keep it (strings; numbers from 0 up).
 *
 * Every put and delete is logged, even of what is not there, as in Kafka Streams.
 */

import type { Headers } from '../record/headers.ts'
import type { Serde } from '../record/serde.ts'
import { justAfter } from './byte-string.ts'
import { changelogDefaults, type LoggingOptions, loggingOf } from './changelog-config.ts'
import { LayeredStore, type LayeredStoreOptions } from './layered-store.ts'
import type { RecordContext, StoreBuilder } from './state-store.ts'
import type { KeyValueStore, TimestampedKeyValueStore } from './stores.ts'

export interface KeyValueStoreOptions<K, V> extends LoggingOptions {
  readonly name: string
  /** Default: the app's `default.key.serde`. */
  readonly keySerde?: Serde<K> | undefined
  /** Default: the app's `default.value.serde`. */
  readonly valueSerde?: Serde<V> | undefined
  /** Kept by the app's store adapter; false: in memory. Default true. */
  readonly persistent?: boolean | undefined
  /** Updates of one key are joined until the commit. Default false here; the DSL's tables have it on. */
  readonly caching?: boolean | undefined
  /** Changelog records carry the headers of the record being processed: foreign-key subscriptions. Default false. */
  readonly logsHeaders?: boolean | undefined
}

/** A store of plain values: what processors of the Processor API use. */
export function keyValueStore<K = string, V = unknown>(
  options: KeyValueStoreOptions<K, V>,
): StoreBuilder<KeyValueStore<K, V>> {
  return builder(options, false)
}

/** A store of values with timestamps: what tables and aggregations of the DSL use. */
export function timestampedKeyValueStore<K = string, V = unknown>(
  options: KeyValueStoreOptions<K, V>,
): StoreBuilder<TimestampedKeyValueStore<K, V>> {
  return builder(options, true) as unknown as StoreBuilder<TimestampedKeyValueStore<K, V>>
}

function builder<K, V>(options: KeyValueStoreOptions<K, V>, timestamped: boolean): StoreBuilder<KeyValueStore<K, V>> {
  const { name, persistent = true, caching = false } = options
  return Object.freeze({
    name,
    persistent,
    caching,
    ...loggingOf(options),
    changelogConfig: () => changelogDefaults('compact', undefined, 0, options.loggingConfig),
    build: () =>
      new LayeredKeyValueStore<K, V, V>({
        name,
        persistent,
        caching,
        timestamped,
        ordered: true,
        keySerde: options.keySerde as Serde<unknown> | undefined,
        valueSerde: options.valueSerde as Serde<unknown> | undefined,
        logsHeaders: options.logsHeaders ?? false,
      }),
  })
}

class LayeredKeyValueStore<K, T, V> extends LayeredStore<K, T, K, V> implements KeyValueStore<K, T> {
  protected override readonly cachesReads = true
  readonly #logsHeaders: boolean

  constructor(options: LayeredStoreOptions & { readonly logsHeaders: boolean }) {
    super(options)
    this.#logsHeaders = options.logsHeaders
  }

  get(key: K): T | null {
    return this.read(this.encodeKey(key))
  }

  put(key: K, value: T | null): void {
    this.write(this.encodeKey(key), value)
  }

  putIfAbsent(key: K, value: T): T | null {
    const at = this.encodeKey(key)
    const before = this.read(at)
    if (before === null) this.write(at, value)
    return before
  }

  delete(key: K): T | null {
    const at = this.encodeKey(key)
    const before = this.read(at)
    this.write(at, null)
    return before
  }

  *range(from: K | null, to: K | null, options: { reverse?: boolean } = {}): Generator<readonly [K, T]> {
    const first = from === null ? undefined : this.encodeKey(from)
    const end = to === null ? undefined : justAfter(this.encodeKey(to))
    for (const entry of this.entries(first, end, options.reverse === true)) {
      yield [this.decodeKey(entry[0]), this.valueOf(entry)]
    }
  }

  all(options: { reverse?: boolean } = {}): Iterable<readonly [K, T]> {
    return this.range(null, null, options)
  }

  approximateEntries(): number {
    return this.overlay.approximateEntries()
  }

  protected override flushedKey(key: string): K {
    return this.decodeKey(key)
  }

  protected override loggedHeaders(context: RecordContext): Headers | undefined {
    return this.#logsHeaders ? context.headers : undefined
  }
}
