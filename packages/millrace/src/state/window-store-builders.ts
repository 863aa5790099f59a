/** Declarations of window and session stores: facts, checks of the options, and how to make the store for a task. */

import { ConfigError } from '../record/errors.ts'
import type { Serde } from '../record/serde.ts'
import { changelogDefaults, type LoggingOptions, loggingOf } from './changelog-config.ts'
import { LayeredSessionStore } from './session-store.ts'
import type { StoreBuilder } from './state-store.ts'
import type { SessionStore, TimestampedWindowStore, WindowStore } from './stores.ts'
import { LayeredWindowStore } from './window-store.ts'

export interface SessionStoreOptions<K, V> extends LoggingOptions {
  readonly name: string
  /** Default: the app's `default.key.serde`. */
  readonly keySerde?: Serde<K> | undefined
  /** Default: the app's `default.value.serde`. */
  readonly valueSerde?: Serde<V> | undefined
  /** Kept by the app's store adapter; false: in memory. Default true. */
  readonly persistent?: boolean | undefined
  /** Updates of one window are joined until the commit. Default false here; the DSL's tables have it on. */
  readonly caching?: boolean | undefined
  /** How long after its start (a session: its end) a window is kept, in ms of stream time. */
  readonly retentionMs: number
}

export interface TimestampedWindowStoreOptions<K, V> extends SessionStoreOptions<K, V> {
  /** Window end − window start, ms: the end is not stored. */
  readonly windowSizeMs: number
  /** Whether ranges are read, as sliding windows and queries do. Default true. */
  readonly ordered?: boolean | undefined
  /** Windows are emitted as they close: Kafka Streams' time-ordered store, which shows them until then. Default false. */
  readonly timeOrdered?: boolean | undefined
}

export interface WindowStoreOptions<K, V> extends TimestampedWindowStoreOptions<K, V> {
  /** Keeps every put of a key and time beside the others. Default false. */
  readonly retainDuplicates?: boolean | undefined
}

/** A window store of plain values. With `retainDuplicates`: the stores of stream–stream joins. @throws ConfigError */
export function windowStore<K = string, V = unknown>(
  options: WindowStoreOptions<K, V>,
): StoreBuilder<WindowStore<K, V>> {
  return windowBuilder(options, false)
}

/** A window store of values with timestamps: what windowed aggregations use. @throws ConfigError */
export function timestampedWindowStore<K = string, V = unknown>(
  options: TimestampedWindowStoreOptions<K, V>,
): StoreBuilder<TimestampedWindowStore<K, V>> {
  return windowBuilder(options, true) as unknown as StoreBuilder<TimestampedWindowStore<K, V>>
}

/** A session store. @throws ConfigError */
export function sessionStore<K = string, A = unknown>(
  options: SessionStoreOptions<K, A>,
): StoreBuilder<SessionStore<K, A>> {
  const { retentionMs } = options
  check(options.name, [[retentionMs >= 0, `retentionMs is ${retentionMs}: give 0 or more`]])
  const layered = { ...common(options), timestamped: false, ordered: true, retentionMs }
  return Object.freeze({
    ...declared(options),
    changelogConfig: (additionalRetentionMs: number) =>
      changelogDefaults('compact,delete', retentionMs, additionalRetentionMs, options.loggingConfig),
    build: () => new LayeredSessionStore<K, A>(layered),
  })
}

function windowBuilder<K, V>(options: WindowStoreOptions<K, V>, timestamped: boolean): StoreBuilder<WindowStore<K, V>> {
  const {
    retentionMs,
    windowSizeMs,
    retainDuplicates = false,
    ordered = true,
    caching = false,
    timeOrdered = false,
  } = options
  check(options.name, [
    [retentionMs >= 0, `retentionMs is ${retentionMs}: give 0 or more`],
    [windowSizeMs >= 0, `windowSizeMs is ${windowSizeMs}: give 0 or more`],
    [!(windowSizeMs > retentionMs), `retentionMs ${retentionMs} is less than windowSizeMs ${windowSizeMs}: raise it`],
    [!(retainDuplicates && caching), 'retainDuplicates and caching exclude each other: turn one off'],
  ])
  const layered = { ...common(options), timestamped, ordered, retentionMs, windowSizeMs, retainDuplicates, timeOrdered }
  return Object.freeze({
    ...declared(options),
    changelogConfig: (additionalRetentionMs: number) =>
      changelogDefaults(
        retainDuplicates ? 'delete' : 'compact,delete',
        retentionMs,
        additionalRetentionMs,
        options.loggingConfig,
      ),
    build: () => new LayeredWindowStore<K, V, V>(layered),
  })
}

function declared<K, V>(options: SessionStoreOptions<K, V>) {
  const { name, persistent = true, caching = false, retentionMs } = options
  return { name, persistent, caching, retentionMs, ...loggingOf(options) }
}

function common<K, V>(options: SessionStoreOptions<K, V>) {
  const { name, persistent = true, caching = false } = options
  const keySerde = options.keySerde as Serde<unknown> | undefined
  const valueSerde = options.valueSerde as Serde<unknown> | undefined
  return { name, persistent, caching, keySerde, valueSerde }
}

function check(name: string, rules: readonly (readonly [holds: boolean, problem: string])[]): void {
  const problems = rules.filter(([holds]) => !holds).map(([, problem]) => `store ${name}: ${problem}`)
  if (problems.length > 0) throw new ConfigError(problems)
}
