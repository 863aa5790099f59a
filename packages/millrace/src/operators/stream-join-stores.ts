/**
 * Stores of a stream–stream join: each side's records, duplicates kept, for as long as the other side may ask for them; and
 * for left and outer joins the records of both sides that wait for a match. Never cached: a join forwards by itself.
 */

import type { Serde } from '../record/serde.ts'
import { outerJoinStore } from '../state/outer-join-store.ts'
import type { StoreBuilder } from '../state/state-store.ts'
import { windowStore } from '../state/window-store-builders.ts'
import type { JoinWindows } from '../window/windows.ts'
import type { NamedOptions } from './named-options.ts'
import type { StreamJoinNames } from './stream-join-names.ts'

/** `name` names the join's nodes (`<name>-this-windowed`, …) and repartition topics. */
export interface StreamJoinOptions<K, L, R> extends NamedOptions {
  readonly windows: JoinWindows
  /** Names the stores (`<store>-this-join-store`, …) and so their changelogs. Default: generated. */
  readonly store?: string | undefined
  /** Serdes of the keys and of both sides' values. Default: inherited, else the app's. */
  readonly key?: Serde<K> | undefined
  readonly value?: Serde<L> | undefined
  readonly otherValue?: Serde<R> | undefined
  /** Keep the stores in memory even if the app has a persistent store adapter. Default false. */
  readonly inMemory?: boolean
  /** Write changelogs. Default true. */
  readonly logging?: boolean
  /** Topic configuration of the changelogs, over the defaults. */
  readonly changelogConfig?: Readonly<Record<string, string>>
}

export interface StreamJoinStores {
  readonly left: StoreBuilder
  readonly right: StoreBuilder
  readonly shared: StoreBuilder | undefined
}

export interface StreamJoinSerdes<K, L, R> {
  readonly key: Serde<K> | undefined
  readonly value: Serde<L> | undefined
  readonly otherValue: Serde<R> | undefined
}

export function streamJoinStores<K, L, R>(
  names: StreamJoinNames,
  options: StreamJoinOptions<K, L, R>,
  serdes: StreamJoinSerdes<K, L, R>,
): StreamJoinStores {
  const { beforeMs, afterMs, graceMs } = options.windows
  const { key, value, otherValue } = serdes
  const common = {
    persistent: options.inMemory !== true,
    logging: options.logging ?? true,
    loggingConfig: options.changelogConfig,
    keySerde: key,
  }
  const retentionMs = beforeMs + afterMs + graceMs
  const side = <V>(name: string, valueSerde: Serde<V> | undefined): StoreBuilder =>
    windowStore({
      ...common,
      name,
      valueSerde,
      retainDuplicates: true,
      windowSizeMs: beforeMs + afterMs,
      retentionMs,
    })
  const { sharedStore } = names
  return {
    left: side(names.leftStore, value),
    right: side(names.rightStore, otherValue),
    shared:
      sharedStore === undefined
        ? undefined
        : outerJoinStore({ ...common, name: sharedStore, left: value, right: otherValue }),
  }
}
