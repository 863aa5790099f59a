/**
 * From `Materialized` options to store builders, one function a shape of store. All operators that keep a table make their
 * stores here, so that an option means the same everywhere.
 */

import { durationMs } from '../record/duration.ts'
import { TopologyError } from '../record/errors.ts'
import type { Serde } from '../record/serde.ts'
import { timestampedKeyValueStore } from '../state/key-value-store.ts'
import type { StoreBuilder } from '../state/state-store.ts'
import { versionedKeyValueStore } from '../state/versioned-key-value-store.ts'
import { sessionStore, timestampedWindowStore } from '../state/window-store-builders.ts'
import type { SessionWindows, SlidingWindows, TimeWindows } from '../window/windows.ts'
import type { MaterializedOptions } from './materialized.ts'

type StoreOptions = Omit<MaterializedOptions<unknown, unknown>, 'key' | 'value'>

/** The store of a plain table: each key's latest value with its time, or its history. */
export function tableStoreBuilder<K, V>(
  name: string,
  options: MaterializedOptions<K, V>,
  keySerde: Serde<K> | undefined,
  valueSerde: Serde<V> | undefined,
): StoreBuilder {
  const common = { ...commonOptions(name, options), keySerde, valueSerde }
  if (options.versioned === undefined) return timestampedKeyValueStore(common)
  return versionedKeyValueStore({ ...common, historyRetentionMs: durationMs(options.versioned, 'versioned') })
}

/**
 * The store of time and sliding windows. With emission on close, sliding windows are not cached, tumbling ones are: as in
 * Kafka Streams.
 *
 * @throws TopologyError if windows would be forgotten while they still change
 */
export function windowStoreBuilder<K, V>(
  name: string,
  options: MaterializedOptions<K, V>,
  keySerde: Serde<K> | undefined,
  valueSerde: Serde<V> | undefined,
  windows: TimeWindows | SlidingWindows,
  emitOnClose: boolean,
): StoreBuilder {
  const common = commonOptions(name, options)
  return timestampedWindowStore({
    ...common,
    caching: common.caching && !(emitOnClose && windows.kind === 'sliding'),
    keySerde,
    valueSerde,
    windowSizeMs: windows.sizeMs,
    timeOrdered: emitOnClose,
    retentionMs: retention(name, options, windows),
  })
}

/**
 * The store of sessions.
 *
 * @throws TopologyError if sessions would be forgotten while they still change
 */
export function sessionStoreBuilder<K, V>(
  name: string,
  options: MaterializedOptions<K, V>,
  keySerde: Serde<K> | undefined,
  valueSerde: Serde<V> | undefined,
  windows: SessionWindows,
  emitOnClose: boolean,
): StoreBuilder {
  const common = commonOptions(name, options)
  return sessionStore({
    ...common,
    caching: common.caching && !emitOnClose,
    keySerde,
    valueSerde,
    retentionMs: retention(name, options, windows),
  })
}

function commonOptions(name: string, options: StoreOptions) {
  return {
    name,
    persistent: !(options.inMemory ?? false),
    caching: options.caching ?? true,
    logging: options.logging ?? true,
    loggingConfig: options.changelogConfig,
  }
}

function retention(
  name: string,
  options: StoreOptions,
  windows: TimeWindows | SlidingWindows | SessionWindows,
): number {
  if (options.versioned !== undefined) {
    throw new TopologyError(
      `The store ${name} holds windows, so it cannot be versioned: use \`retention\` to keep them longer.`,
    )
  }
  if (options.retention === undefined) return windows.retentionMs
  const ms = durationMs(options.retention, 'retention')
  if (ms >= windows.retentionMs) return ms
  throw new TopologyError(
    `The store ${name} keeps windows for ${ms} ms, but ${windows.description} with grace ${windows.graceMs} ms needs at ` +
      `least ${windows.retentionMs} ms: raise \`retention\` or leave it out.`,
  )
}
