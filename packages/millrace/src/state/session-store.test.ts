import { describe, expect, it } from 'vitest'
import type { Windowed } from '../record/windowed.ts'
import { batchOf, testEnvironment } from './fixtures/environment.ts'
import type { CacheFlush } from './stores.ts'
import { sessionStore } from './window-store-builders.ts'

const session = (key: string, start: number, end: number): Windowed<string> => ({ key, window: { start, end } })

describe('sessionStore', () => {
  it('finds sessions by end and start, and logs them with the time of the record', () => {
    const store = sessionStore<string, string>({ name: 's', retentionMs: 1000 }).build()
    const environment = testEnvironment()
    store.init(environment)
    environment.at(99)
    store.put(session('a', 15, 25), 'one')
    store.put(session('a', 40, 50), 'two')
    store.put(session('b', 20, 30), 'three')
    expect([...store.findSessions('a', 20, 45)].map(([, value]) => value)).toEqual(['one', 'two'])
    expect([...store.findSessions('a', 26, 45)].map(([, value]) => value)).toEqual(['two'])
    expect([...store.findSessions('a', 20, 39)].map(([, value]) => value)).toEqual(['one'])
    expect([...store.findSessionsByEnd(25, 30)].map(([, value]) => value)).toEqual(['one', 'three'])
    expect(store.fetchSession('a', 15, 25)).toBe('one')
    store.remove(session('a', 15, 25))
    expect([...store.fetch('a')].map(([{ window }]) => window)).toEqual([{ start: 40, end: 50 }])
    expect(environment.logged[0].key.toString('hex')).toBe('610000000000000019000000000000000f')
    expect(environment.logged.map(({ value, timestamp }) => [value?.toString() ?? null, timestamp])).toEqual([
      ['one', 99],
      ['two', 99],
      ['three', 99],
      [null, 99],
    ])
    const restored = sessionStore<string, string>({ name: 's', retentionMs: 1000 }).build()
    restored.init(testEnvironment())
    restored.restore(batchOf(environment.logged))
    restored.commit(4)
    expect([...restored.all()]).toEqual([...store.all()])
  })

  it('hides what has expired', () => {
    const store = sessionStore<string, string>({ name: 's', retentionMs: 20 }).build()
    store.init(testEnvironment())
    store.put(session('a', 0, 10), 'old')
    store.put(session('a', 30, 30), 'new')
    expect(store.fetchSession('a', 0, 10)).toBeNull()
    expect([...store.findSessions('a', 0, 100)].map(([, value]) => value)).toEqual(['new'])
  })

  it('flushes from the record cache with the end of the session as time', () => {
    const store = sessionStore<string, string>({ name: 's', retentionMs: 1000, caching: true }).build()
    const environment = testEnvironment({ cacheBytes: 10_000 })
    store.init(environment)
    const flushed: CacheFlush<Windowed<string>, string>[] = []
    store.setFlushListener((flush) => flushed.push(flush), false)
    environment.at(30)
    store.put(session('a', 5, 5), 'gone')
    store.remove(session('a', 5, 5))
    store.put(session('a', 5, 9), 'joined')
    expect([...store.findSessions('a', 0, 100)].map(([, value]) => value)).toEqual(['joined'])
    store.flushCache()
    expect(flushed).toEqual([{ key: session('a', 5, 9), newValue: 'joined', oldValue: null, timestamp: 9 }])
    expect(environment.logged.map(({ timestamp }) => timestamp)).toEqual([30])
  })
})
