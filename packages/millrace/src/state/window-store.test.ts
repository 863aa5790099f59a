import { describe, expect, it } from 'vitest'
import { Headers } from '../record/headers.ts'
import type { Windowed } from '../record/windowed.ts'
import { batchOf, testEnvironment } from './fixtures/environment.ts'
import type { CacheFlush } from './stores.ts'
import { timestampedWindowStore, windowStore } from './window-store-builders.ts'

const size = { name: 'w', windowSizeMs: 10 }

describe('timestampedWindowStore', () => {
  it('reads windows by key and start, and logs them under the key of the changelog', () => {
    const store = timestampedWindowStore<string, string>({ ...size, retentionMs: 100 }).build()
    const environment = testEnvironment()
    store.init(environment)
    environment.at(7)
    store.put('a', { value: 'x', timestamp: 5 }, 0)
    store.put('a', { value: 'y', timestamp: 12 }, 10)
    store.put('a\0', { value: 'z', timestamp: 3 }, 0)
    expect(store.fetch('a', 0)).toEqual({ value: 'x', timestamp: 5 })
    expect([...store.fetchRange('a', 0, 20)].map((entry) => entry.windowStart)).toEqual([0, 10])
    expect([...store.fetchRange('a', 0, 20, { reverse: true })].map((entry) => entry.windowStart)).toEqual([10, 0])
    expect([...store.fetchByTime(0, 20)].map(([{ key, window }]) => [key, window.start, window.end])).toEqual([
      ['a', 0, 10],
      ['a\0', 0, 10],
      ['a', 10, 20],
    ])
    expect(environment.logged[0].key.toString('hex')).toBe('61000000000000000000000000')
    expect(environment.logged[0].value?.toString()).toBe('x')
    expect(environment.logged[0].timestamp).toBe(5)
  })

  it('keeps and logs keys of any length', () => {
    for (const caching of [false, true]) {
      const store = timestampedWindowStore<string, string>({ ...size, caching, retentionMs: 100 }).build()
      const environment = testEnvironment()
      store.init(environment)
      const keys = ['', 'k', 'é', ...[30, 43, 44, 45, 100, 243, 244, 245, 300].map((length) => 'ö'.padEnd(length, 'k'))]
      for (const key of keys) store.put(key, { value: key, timestamp: 5 }, 10)
      for (const key of keys) expect(store.fetch(key, 10)).toEqual({ value: key, timestamp: 5 })
      store.flushCache()
      const logged = keys.map((key) => `${Buffer.from(key).toString('hex')}000000000000000a00000000`)
      expect(environment.logged.map(({ key }) => key.toString('hex'))).toEqual(logged)
      expect([...store.all()].map(([{ key }]) => key).sort()).toEqual([...keys].sort())
    }
  })

  it('hides expired windows; a persistent store still takes them in a live segment, one in memory does not; both log', () => {
    for (const persistent of [true, false]) {
      const store = timestampedWindowStore<string, string>({ ...size, persistent, retentionMs: 20 }).build()
      const environment = testEnvironment()
      store.init(environment)
      store.put('a', { value: 'new', timestamp: 0 }, 100)
      store.put('a', { value: 'late', timestamp: 0 }, 80)
      expect(store.fetch('a', 80)).toBeNull()
      expect([...store.all()].length).toBe(1)
      expect(environment.logged.length).toBe(2)
      expect(environment.drops).toEqual(persistent ? [] : ['expired'])
      store.put('a', { value: 'late', timestamp: 0 }, 81)
      expect(store.fetch('a', 81)?.value).toBe('late')
    }
  })

  it('drops expired segments from the byte store at the commit', () => {
    const store = timestampedWindowStore<string, string>({ ...size, retentionMs: 100 }).build()
    store.init(testEnvironment())
    store.put('a', { value: 'old', timestamp: 0 }, 0)
    store.commit(1)
    store.put('a', { value: 'new', timestamp: 0 }, 500_000)
    store.commit(2)
    expect([...store.fetchAll(0, 1_000_000)].map(([{ window }]) => window.start)).toEqual([500_000])
    expect([...store.fetchRange('a', 0, Number.MAX_SAFE_INTEGER)].length).toBe(1)
  })

  it('merges the record cache and flushes with old values', () => {
    const store = timestampedWindowStore<string, string>({ ...size, retentionMs: 100, caching: true }).build()
    const environment = testEnvironment({ cacheBytes: 10_000 })
    store.init(environment)
    const flushed: CacheFlush<Windowed<string>, string>[] = []
    store.setFlushListener((flush) => flushed.push(flush), true)
    store.put('a', { value: '1', timestamp: 1 }, 0)
    store.flushCache()
    store.put('a', { value: '2', timestamp: 2 }, 0)
    store.put('b', { value: '3', timestamp: 3 }, 10)
    expect([...store.fetchRange('a', 0, 10)]).toEqual([{ windowStart: 0, value: { value: '2', timestamp: 2 } }])
    expect([...store.all()].length).toBe(2)
    store.flushCache()
    expect(flushed).toEqual([
      { key: { key: 'a', window: { start: 0, end: 10 } }, newValue: '1', oldValue: null, timestamp: 1 },
      { key: { key: 'a', window: { start: 0, end: 10 } }, newValue: '2', oldValue: '1', timestamp: 2 },
      { key: { key: 'b', window: { start: 10, end: 20 } }, newValue: '3', oldValue: null, timestamp: 3 },
    ])
  })

  it('restores with the same expiry', () => {
    const builder = timestampedWindowStore<string, string>({ ...size, retentionMs: 20, persistent: false })
    const store = builder.build()
    const environment = testEnvironment()
    store.init(environment)
    store.put('a', { value: 'x', timestamp: 95 }, 90)
    store.put('a', { value: 'y', timestamp: 105 }, 100)
    store.put('a', { value: 'late', timestamp: 1 }, 0)
    const restored = builder.build()
    restored.init(testEnvironment())
    restored.restore(batchOf(environment.logged))
    restored.commit(3)
    expect([...restored.all()]).toEqual([...store.all()])
    expect(restored.fetch('a', 90)).toEqual({ value: 'x', timestamp: 95 })
  })

  it('is given its segments again when it is opened on what was there', () => {
    const builder = timestampedWindowStore<string, string>({ ...size, retentionMs: 1_000_000 })
    const first = builder.build()
    const environment = testEnvironment()
    const shared = environment.openByteStore('w', { persistent: true, ordered: true })
    first.init({ ...environment, openByteStore: () => shared })
    first.put('a', { value: 'x', timestamp: 1 }, 0)
    first.put('a', { value: 'y', timestamp: 1 }, 900_000)
    first.commit(2)
    const second = builder.build()
    second.init({ ...environment, openByteStore: () => shared })
    expect([...second.fetchRange('a', 0, 1_000_000)].map((entry) => entry.windowStart)).toEqual([0, 900_000])
  })
})

describe('windowStore with retainDuplicates', () => {
  it('keeps equal keys and times apart, numbers the changelog from 1 and gives it the headers of the record', () => {
    const store = windowStore<string, string>({ ...size, retentionMs: 30, retainDuplicates: true }).build()
    const environment = testEnvironment()
    store.init(environment)
    const headers = new Headers().add('h', Buffer.from('1'))
    environment.at(7, 0, headers)
    store.put('a', 'x', 7)
    store.put('a', null, 7)
    store.put('a', 'y', 7)
    expect([...store.fetchRange('a', 0, 10)].map((entry) => entry.value)).toEqual(['x', 'y'])
    expect(
      environment.logged.map(({ key, value, timestamp }) => [
        key.toString('hex'),
        value?.toString() ?? null,
        timestamp,
      ]),
    ).toEqual([
      ['61000000000000000700000001', 'x', 7],
      ['61000000000000000700000002', null, 7],
      ['61000000000000000700000003', 'y', 7],
    ])
    expect(environment.logged[0].headers).toBe(headers)
  })
})
