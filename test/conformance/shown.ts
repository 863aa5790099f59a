/**
 * Records and store contents in the form of FORMAT.md's `expect`.
 */

import type { Headers } from 'millrace'
import type { Format, StoreFormat } from './interpreter.ts'
import { type Json, keySerde, valueSerde } from './values.ts'

export function shownKey(key: unknown): Json {
  if (typeof key === 'object' && key !== null && 'window' in key) {
    const { key: inner, window } = key as { key: string; window: { start: number; end: number } }
    return { key: inner, windowStart: window.start, windowEnd: window.end }
  }
  return key as Json
}

export function shownPair({ key, value }: { key: unknown; value: unknown }): Json {
  return { key: shownKey(key), value: value as Json }
}

export function headersShown(headers: Headers | undefined, show: (value: Uint8Array) => string): { headers?: Json } {
  const pairs = [...(headers ?? [])].map(({ key, value }): Json => [key, value === null ? null : show(value)])
  return pairs.length > 0 ? { headers: pairs } : {}
}

export interface BytesRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number | undefined
  readonly headers: Headers | undefined
}

/** A record of an output topic, decoded. */
export function decoded(topic: string, format: Format, record: BytesRecord): Json {
  const decode = (bytes: Uint8Array | null, isKey: boolean): unknown => {
    if (bytes === null) return null
    const buffer = Buffer.from(bytes)
    const serde = isKey ? keySerde(format.key) : valueSerde(format.value)
    return serde.decode(buffer, 0, buffer.length, { topic, isKey })
  }
  return {
    key: shownKey(decode(record.key, true)),
    value: decode(record.value, false) as Json,
    timestamp: record.timestamp ?? null,
    ...headersShown(record.headers, (value) => Buffer.from(value).toString('utf8')),
  }
}

interface Iterated {
  all(): Iterable<readonly [unknown, unknown]>
}

/** A store's entries, in its order. */
export function contents(store: unknown, format: StoreFormat): Json[] {
  if (store === undefined) return []
  return [...(store as Iterated).all()].map(([key, stored]): Json => {
    if (format.kind === 'plain' || format.kind === 'session') return shownPair({ key, value: stored })
    const { value, timestamp } = stored as { value: Json; timestamp: number }
    return { key: shownKey(key), value, timestamp }
  })
}

/** A versioned store of Kafka Streams cannot be iterated: the oracle asks it for the keys in its changelog, if it has one. */
export function loggedOnly(entries: readonly Json[], changelog: readonly Json[] = []): Json[] {
  const logged = new Set(changelog.map((record) => (record as { key: string }).key))
  return entries.filter((entry) => logged.has(Buffer.from((entry as { key: string }).key).toString('hex')))
}
