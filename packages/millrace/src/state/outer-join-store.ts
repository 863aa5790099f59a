/**
 * What a left or outer stream–stream join still has to emit: the records of both sides without a match so far, by time.
 * Values of one key, side and time are a list (reference 2.6); the changelog gets the whole list at each append.
 */

import { deepFreeze } from '../record/deep-freeze.ts'
import { decodeList, encodeList } from '../record/list-bytes.ts'
import type { Serde, SerdeContext } from '../record/serde.ts'
import { changelogDefaults, type LoggingOptions, loggingOf } from './changelog-config.ts'
import { LayeredStore } from './layered-store.ts'
import { type JoinSide, outerJoinKey, outerJoinValue, parseOuterJoinKey } from './outer-join-key.ts'
import type { StateStore, StoreBuilder, StoreEnvironment } from './state-store.ts'
import { asBuffer } from './stored-format.ts'

export type { JoinSide } from './outer-join-key.ts'

export interface OuterJoinKey<K> {
  readonly timestamp: number
  readonly side: JoinSide
  readonly key: K
}

export interface OuterJoinStore<K, L, R> extends StateStore {
  /** Appends a value that waits for a match; null removes all values of this time, side and key. */
  put(key: OuterJoinKey<K>, value: L | R | null): void
  /** Whether anything waits under this time, side and key; if so, removes it. */
  remove(key: OuterJoinKey<K>): boolean
  /**
   * All waiting values by time, then right before left, then key bytes, then arrival. May be written while it is walked:
   * what is removed meanwhile is still given.
   */
  all(): Iterable<readonly [OuterJoinKey<K>, L | R]>
}

export interface OuterJoinStoreOptions<K, L, R> extends LoggingOptions {
  readonly name: string
  readonly keySerde?: Serde<K> | undefined
  readonly left?: Serde<L> | undefined
  readonly right?: Serde<R> | undefined
  /** Kept by the app's store adapter; false: in memory. Default true. */
  readonly persistent?: boolean | undefined
}

/** The store that both sides of a left or outer stream–stream join share. */
export function outerJoinStore<K = string, L = unknown, R = unknown>(
  options: OuterJoinStoreOptions<K, L, R>,
): StoreBuilder<OuterJoinStore<K, L, R>> {
  return Object.freeze({
    name: options.name,
    persistent: options.persistent ?? true,
    caching: false,
    ...loggingOf(options),
    changelogConfig: () => changelogDefaults('compact', undefined, 0, options.loggingConfig),
    build: () => new LayeredOuterJoinStore<K, L, R>(options),
  })
}

class LayeredOuterJoinStore<K, L, R> extends LayeredStore<K, unknown, K, unknown> implements OuterJoinStore<K, L, R> {
  readonly #serdes: { readonly left: Serde<L> | undefined; readonly right: Serde<R> | undefined }
  #left!: Serde<unknown>
  #right!: Serde<unknown>
  #valueContext!: SerdeContext

  constructor(options: OuterJoinStoreOptions<K, L, R>) {
    super({
      name: options.name,
      persistent: options.persistent ?? true,
      caching: false,
      timestamped: false,
      ordered: true,
      keySerde: options.keySerde as Serde<unknown> | undefined,
      valueSerde: undefined,
    })
    this.#serdes = { left: options.left, right: options.right }
  }

  override init(environment: StoreEnvironment): void {
    super.init(environment)
    this.#left = (this.#serdes.left ?? environment.defaultValueSerde) as Serde<unknown>
    this.#right = (this.#serdes.right ?? environment.defaultValueSerde) as Serde<unknown>
    this.#valueContext = { topic: environment.changelogTopic(this.name), isKey: false }
  }

  put(key: OuterJoinKey<K>, value: L | R | null): void {
    const at = this.#storeKey(key)
    if (value === null) this.#write(at, null)
    else {
      const before = this.overlay.get(at)
      const values = before === undefined ? [] : decodeList(before)
      values.push(this.#encodeSide(key.side, value))
      this.#write(at, encodeList(values))
    }
  }

  remove(key: OuterJoinKey<K>): boolean {
    const at = this.#storeKey(key)
    if (this.overlay.get(at) === undefined) return false
    this.#write(at, null)
    return true
  }

  *all(): Generator<readonly [OuterJoinKey<K>, L | R]> {
    for (const [at, list] of this.overlay.range(undefined, undefined, false)) {
      const { timestamp, side, key: bytes } = parseOuterJoinKey(at)
      const key = this.decodeKey(bytes)
      for (const value of decodeList(list)) {
        if (value !== null) yield [{ timestamp, side, key }, this.#decodeSide(side, value) as L | R]
      }
    }
  }

  protected override flushedKey(key: string): K {
    return this.decodeKey(parseOuterJoinKey(key).key)
  }

  #write(at: string, list: Uint8Array | null): void {
    this.overlay.put(at, list)
    this.logBytes(at, list, this.environment.context.timestamp)
  }

  #storeKey({ timestamp, side, key }: OuterJoinKey<K>): string {
    return outerJoinKey(timestamp, side, this.encodeKey(key))
  }

  /** The side once more, then the value. */
  #encodeSide(side: JoinSide, value: L | R): Uint8Array {
    const serde = side === 'left' ? this.#left : this.#right
    return outerJoinValue(side, serde.encode(value, this.#valueContext))
  }

  #decodeSide(side: JoinSide, bytes: Uint8Array): unknown {
    const value = (side === 'left' ? this.#left : this.#right).decode(
      asBuffer(bytes),
      1,
      bytes.length,
      this.#valueContext,
    )
    return this.environment.freezesValues ? deepFreeze(value) : value
  }
}
