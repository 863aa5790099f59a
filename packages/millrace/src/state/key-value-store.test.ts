import { describe, expect, it } from 'vitest'
import { json } from '../record/serdes/json.ts'
import { long } from '../record/serdes/long.ts'
import { batchOf, testEnvironment } from './fixtures/environment.ts'
import { keyValueStore, timestampedKeyValueStore } from './key-value-store.ts'
import type { CacheFlush } from './stores.ts'

describe('keyValueStore', () => {
  it('reads what was put, before and after the commit, and logs each put with the time of the record', () => {
    const store = keyValueStore({ name: 's', valueSerde: long() }).build()
    const environment = testEnvironment()
    store.init(environment)
    environment.at(7)
    store.put('b', 1)
    store.put('a', 2)
    store.put('é', 3)
    expect(store.get('a')).toBe(2)
    expect([...store.all()]).toEqual([
      ['a', 2],
      ['b', 1],
      ['é', 3],
    ])
    store.commit(3)
    expect(store.committedOffset()).toBe(3)
    expect(store.uncommittedBytes()).toBe(0)
    environment.at(9)
    expect(store.delete('b')).toBe(1)
    expect(store.putIfAbsent('a', 9)).toBe(2)
    expect([...store.range('a', 'z', { reverse: true })]).toEqual([['a', 2]])
    expect(
      environment.logged.map(({ key, value, timestamp }) => [`${key}`, value?.toString('hex') ?? null, timestamp]),
    ).toEqual([
      ['b', '0000000000000001', 7],
      ['a', '0000000000000002', 7],
      ['é', '0000000000000003', 7],
      ['b', null, 9],
    ])
    store.rollback()
    expect(store.get('b')).toBe(1)
  })

  it.each([0, 1_000_000])('keeps apart what is written one after the other, cache of %d bytes', (cacheBytes) => {
    const options = { name: 's', valueSerde: json<{ n: number }>(), caching: cacheBytes > 0 }
    const builders = [keyValueStore(options), timestampedKeyValueStore(options)] as const
    const [plain, timestamped] = [builders[0].build(), builders[1].build()]
    const environment = testEnvironment({ cacheBytes })
    plain.init(environment)
    timestamped.init(environment)
    for (let n = 0; n < 4; n++) {
      plain.put(`p${n}`, { n })
      timestamped.put(`t${n}`, { value: { n }, timestamp: 40 + n })
    }
    plain.flushCache()
    timestamped.flushCache()
    for (let n = 0; n < 4; n++) {
      expect(plain.get(`p${n}`)).toEqual({ n })
      expect(timestamped.get(`t${n}`)).toEqual({ value: { n }, timestamp: 40 + n })
    }
    const logged = environment.logged.map(({ key, value }) => `${key} ${value}`)
    expect(logged.toSorted()).toEqual(['p', 't'].flatMap((name) => [0, 1, 2, 3].map((n) => `${name}${n} {"n":${n}}`)))
  })

  it('gives back what was serialised, frozen, where values are verified', () => {
    const store = keyValueStore({ name: 's', valueSerde: json<{ n: number[] }>() }).build()
    store.init(testEnvironment({ freezesValues: true }))
    const value = { n: [1] }
    store.put('a', value)
    value.n.push(2)
    const read = store.get('a')
    expect(read).toEqual({ n: [1] })
    expect(() => read?.n.push(3)).toThrow(TypeError)
  })

  it('may be written while a range is walked', () => {
    const store = keyValueStore({ name: 's' }).build()
    store.init(testEnvironment())
    for (const key of ['a', 'b', 'c']) store.put(key, key)
    store.commit(3)
    store.put('d', 'd')
    const seen: string[] = []
    for (const [key] of store.all()) {
      seen.push(key)
      store.delete(key)
      store.put(`${key}x`, 'new')
    }
    expect(seen).toEqual(['a', 'b', 'c', 'd'])
    expect([...store.all()].map(([key]) => key)).toEqual(['ax', 'bx', 'cx', 'dx'])
  })
})

describe('timestampedKeyValueStore', () => {
  it('logs the plain value with its own time, deletes with the time of the record, and restores both', () => {
    const builder = timestampedKeyValueStore<string, string>({ name: 's' })
    const store = builder.build()
    const environment = testEnvironment()
    store.init(environment)
    environment.at(20)
    store.put('a', { value: 'x', timestamp: 5 })
    store.put('b', { value: 'y', timestamp: 6 })
    store.put('b', null)
    expect(environment.logged.map(({ value, timestamp }) => [value?.toString() ?? null, timestamp])).toEqual([
      ['x', 5],
      ['y', 6],
      [null, 20],
    ])
    const restored = builder.build()
    restored.init(testEnvironment())
    restored.restore(batchOf(environment.logged))
    restored.commit(3)
    expect([...restored.all()]).toEqual([['a', { value: 'x', timestamp: 5 }]])
    expect(restored.committedOffset()).toBe(3)
  })

  it('joins updates in the record cache: the last is logged and forwarded, with its context and the value flushed before', () => {
    const store = timestampedKeyValueStore<string, string>({ name: 's', caching: true }).build()
    const environment = testEnvironment({ cacheBytes: 10_000 })
    store.init(environment)
    const flushed: (CacheFlush<string, string> & { at: number })[] = []
    expect(store.setFlushListener((flush) => flushed.push({ ...flush, at: environment.context.offset }), true)).toBe(
      true,
    )
    environment.at(1, 1)
    store.put('a', { value: 'a1', timestamp: 1 })
    environment.at(2, 2)
    store.put('b', { value: 'b1', timestamp: 2 })
    environment.at(3, 3)
    store.put('a', { value: 'a2', timestamp: 3 })
    store.put('c', { value: 'c1', timestamp: 3 })
    store.put('c', null)
    expect(environment.logged).toEqual([])
    expect([...store.all()].map(([key, { value }]) => key + value)).toEqual(['aa2', 'bb1'])
    environment.at(9, 9)
    store.flushCache()
    expect(flushed).toEqual([
      { key: 'b', newValue: 'b1', oldValue: null, timestamp: 2, at: 2 },
      { key: 'a', newValue: 'a2', oldValue: null, timestamp: 3, at: 3 },
    ])
    expect(environment.context.offset).toBe(9)
    store.put('b', { value: 'b2', timestamp: 9 })
    store.put('a', null)
    store.flushCache()
    expect(flushed.slice(2)).toEqual([
      { key: 'b', newValue: 'b2', oldValue: 'b1', timestamp: 9, at: 9 },
      { key: 'a', newValue: null, oldValue: 'a2', timestamp: 9, at: 9 },
    ])
    expect(environment.logged.length).toBe(4)
  })

  it('evicts the eldest when the budget is exceeded, and flushes all that is dirty with it', () => {
    const store = timestampedKeyValueStore<string, string>({ name: 's', caching: true }).build()
    const environment = testEnvironment({ cacheBytes: 200 })
    store.init(environment)
    const flushed: string[] = []
    store.setFlushListener((flush) => flushed.push(flush.key), false)
    // Each entry weighs 1 + 24 + 1 + (8 + 1) + 20 + 2 = 57 bytes.
    for (const key of ['a', 'b', 'c']) store.put(key, { value: '1', timestamp: 1 })
    expect(flushed).toEqual([])
    store.get('a')
    store.put('d', { value: '1', timestamp: 1 })
    expect(flushed).toEqual(['b', 'a', 'c', 'd'])
    expect(store.get('b')).toEqual({ value: '1', timestamp: 1 })
  })
})
