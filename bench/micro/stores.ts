/**
 * State: the byte store in memory, and the typed stores above it, at 100,000 keys. "Overlay" is a store whose changes wait
 * for the commit; with the record cache updates of a key are joined. Changelogs go to a sink that keeps nothing.
 */

import { long, string, systemClock, tumbling } from 'millrace'
import {
  keyValueStore,
  MemoryStore,
  RecordCache,
  type StateStore,
  type StoreBuilder,
  type StoreEnvironment,
  sessionStore,
  timestampedKeyValueStore,
  timestampedWindowStore,
} from 'millrace/state'
import { do_not_optimize } from 'mitata'
import { randomFrom, userKey } from './events.ts'
import type { Suite } from './measurement.ts'

const KEYS = 100_000
const OPERATIONS = 10_000

function environment(cacheBytes: number): StoreEnvironment {
  return {
    taskId: '0_0',
    context: { topic: 'in', partition: 0, offset: 0, timestamp: 0, headers: undefined },
    clock: systemClock(),
    openByteStore: (name) => new MemoryStore(name),
    changelog: (name) => ({ topic: `${name}-changelog`, log: () => {} }),
    changelogTopic: (name) => `${name}-changelog`,
    recordCache: cacheBytes > 0 ? new RecordCache(cacheBytes) : undefined,
    defaultKeySerde: string() as StoreEnvironment['defaultKeySerde'],
    defaultValueSerde: string() as StoreEnvironment['defaultValueSerde'],
    freezesValues: false,
    dropped: () => {},
  }
}

function opened<S extends StateStore>(builder: StoreBuilder<S>, cacheBytes = 0): S {
  const store = builder.build()
  store.init(environment(cacheBytes))
  return store
}

export async function stores(suite: Suite): Promise<void> {
  const random = randomFrom(7)
  const keys = Array.from({ length: OPERATIONS }, () => userKey(Math.floor(random() * KEYS)))
  await suite.group('Byte store in memory, an operation', () => byteStore(suite, keys))
  await suite.group('Typed stores, an operation', async () => {
    await keyValue(suite, keys)
    await windows(suite, keys)
    await sessions(suite, keys)
  })
}

async function byteStore(suite: Suite, keys: readonly string[]): Promise<void> {
  const store = new MemoryStore('bytes')
  const value = Buffer.alloc(16, 1)
  store.write(
    Array.from({ length: KEYS }, (_, index) => [Buffer.from(userKey(index)), value] as const),
    0,
  )
  const bytes = keys.map((key) => Buffer.from(key))
  await suite.measure('get', OPERATIONS, () => {
    for (const key of bytes) do_not_optimize(store.get(key))
  })
  await suite.measure('get by byte string', OPERATIONS, () => {
    for (const key of keys) do_not_optimize(store.strings.getString(key))
  })
  const batch = bytes.map((key) => [key, value] as const)
  await suite.measure('write batch of 10,000', OPERATIONS, () => store.write(batch, 1))
  await suite.measure('range of 100 of 100,000, an entry', 100 * 100, () => {
    for (let from = 0; from < 100; from++) {
      const range = { from: Buffer.from(userKey(from * 900)), to: Buffer.from(userKey(from * 900 + 100)) }
      for (const entry of store.range(range)) do_not_optimize(entry)
    }
  })
}

async function keyValue(suite: Suite, keys: readonly string[]): Promise<void> {
  const declaration = { name: 'kv', keySerde: string(), valueSerde: long() }
  for (const [name, cacheBytes] of [
    ['key-value', 0],
    ['key-value, record cache', 100e6],
  ] as const) {
    const store = opened(timestampedKeyValueStore({ ...declaration, caching: cacheBytes > 0 }), cacheBytes)
    for (let index = 0; index < KEYS; index++) store.put(userKey(index), { value: 1, timestamp: index })
    store.flushCache()
    store.commit(undefined)
    await suite.measure(`${name}: get`, OPERATIONS, () => {
      for (const key of keys) do_not_optimize(store.get(key))
    })
    await suite.measure(`${name}: read, modify, write`, OPERATIONS, () => {
      for (const key of keys) {
        const before = store.get(key)
        store.put(key, { value: (before?.value ?? 0) + 1, timestamp: 5 })
      }
    })
    await suite.measure(`${name}: the same and commit, each 10,000`, OPERATIONS, () => {
      for (const key of keys) {
        const before = store.get(key)
        store.put(key, { value: (before?.value ?? 0) + 1, timestamp: 5 })
      }
      store.flushCache()
      store.commit(undefined)
    })
    await suite.measure(`${name}: range of 100, an entry`, 100 * 100, () => {
      for (let from = 0; from < 100; from++) {
        for (const entry of store.range(userKey(from * 900), userKey(from * 900 + 99))) do_not_optimize(entry)
      }
    })
  }
  const plain = opened(keyValueStore(declaration))
  await suite.measure('key-value, plain: put in the overlay, roll back each 10,000', OPERATIONS, () => {
    for (const key of keys) plain.put(key, 1)
    plain.rollback()
  })
}

async function windows(suite: Suite, keys: readonly string[]): Promise<void> {
  const retentionMs = tumbling('1 min', { grace: '10 s' }).retentionMs
  const declaration = { name: 'w', keySerde: string(), valueSerde: long(), retentionMs, windowSizeMs: 60_000 }
  for (const [name, cacheBytes] of [
    ['window', 0],
    ['window, record cache', 100e6],
  ] as const) {
    const store = opened(timestampedWindowStore({ ...declaration, caching: cacheBytes > 0 }), cacheBytes)
    for (let index = 0; index < KEYS; index++) store.put(userKey(index), { value: 1, timestamp: 0 }, 60_000)
    store.flushCache()
    store.commit(undefined)
    await suite.measure(`${name}: read, modify, write and commit, each 10,000`, OPERATIONS, () => {
      for (const key of keys) {
        const before = store.fetch(key, 60_000)
        store.put(key, { value: (before?.value ?? 0) + 1, timestamp: 5 }, 60_000)
      }
      store.flushCache()
      store.commit(undefined)
    })
    await suite.measure(`${name}: fetch a key's windows`, 1000, () => {
      for (let index = 0; index < 1000; index++) do_not_optimize([...store.fetchRange(keys[index], 0, 120_000)])
    })
  }
}

async function sessions(suite: Suite, keys: readonly string[]): Promise<void> {
  const store = opened(sessionStore({ name: 's', keySerde: string(), valueSerde: long(), retentionMs: 120_000 }))
  for (let index = 0; index < KEYS; index++) store.put({ key: userKey(index), window: { start: 0, end: 10 } }, 1)
  store.commit(undefined)
  await suite.measure('session: find, remove and put one', 1000, () => {
    for (let index = 0; index < 1000; index++) {
      const key = keys[index]
      for (const [found] of store.findSessions(key, 0, 100)) store.remove(found)
      store.put({ key, window: { start: 0, end: 10 } }, 2)
    }
  })
}
