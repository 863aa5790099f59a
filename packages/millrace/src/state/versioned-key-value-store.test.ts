import { describe, expect, it } from 'vitest'
import { batchOf, testEnvironment } from './fixtures/environment.ts'
import { versionedKeyValueStore } from './versioned-key-value-store.ts'

const builder = versionedKeyValueStore<string, string>({ name: 'v', historyRetentionMs: 100 })

function opened() {
  const store = builder.build()
  const environment = testEnvironment()
  store.init(environment)
  return { store, environment }
}

describe('versionedKeyValueStore', () => {
  it('returns until when a version is valid, and finds each by time', () => {
    const { store, environment } = opened()
    expect(store.put('a', 'v10', 10)).toBe(store.validToUndefined)
    expect(store.put('a', 'v50', 50)).toBe(store.validToUndefined)
    expect(store.put('a', 'v30', 30)).toBe(50)
    expect(store.put('a', 'v5', 5)).toBe(10)
    expect(store.put('a', 'again', 30)).toBe(50)
    expect(store.get('a')).toEqual({ value: 'v50', timestamp: 50, validTo: undefined })
    const at = (asOf: number): unknown => store.get('a', asOf)?.value ?? null
    expect([4, 5, 9, 10, 29, 30, 49, 50, 99].map(at)).toEqual([
      null,
      'v5',
      'v5',
      'v10',
      'v10',
      'again',
      'again',
      'v50',
      'v50',
    ])
    expect(store.get('a', 20)).toEqual({ value: 'v10', timestamp: 10, validTo: 30 })
    expect(environment.logged.map(({ timestamp }) => timestamp)).toEqual([10, 50, 30, 5, 30])
  })

  it('takes what is as old as the history and no older; that is logged all the same', () => {
    const { store, environment } = opened()
    store.put('a', 'v', 200)
    expect(store.put('b', 'x', 100)).toBe(store.validToUndefined)
    expect(store.put('b', 'y', 99)).toBe(store.notPut)
    expect(environment.logged.length).toBe(3)
    expect(environment.drops).toEqual(['expired'])
    store.put('a', 'w', 400)
    expect(store.get('b', 250)?.value).toBe('x')
    expect(store.get('a', 250)).toBeNull()
    expect(store.get('a', 300)?.value).toBe('v')
  })

  it('deletes at a time: what was before stays, what comes late ends there', () => {
    const { store } = opened()
    store.put('a', 'v', 10)
    expect(store.delete('a', 20)?.value).toBe('v')
    expect(store.get('a')).toBeNull()
    expect(store.get('a', 15)).toEqual({ value: 'v', timestamp: 10, validTo: 20 })
    expect(store.get('a', 20)).toBeNull()
    expect(store.put('a', 'late', 15)).toBe(20)
    expect(store.put('new', null, 30)).toBe(store.validToUndefined)
    expect(store.put('new', 'late', 25)).toBe(30)
    expect(store.get('new')).toBeNull()
    expect([...store.all()]).toEqual([])
  })

  it('is restored from its changelog, and rolled back to what was committed', () => {
    const { store, environment } = opened()
    for (const [value, time] of [
      ['a', 10],
      ['b', 130],
      [null, 120],
      ['c', 20],
      ['d', 135],
    ] as const) {
      store.put('k', value, time)
    }
    const restored = builder.build()
    restored.init(testEnvironment())
    restored.restore(batchOf(environment.logged))
    restored.commit(5)
    for (let time = 0; time < 140; time++) expect(restored.get('k', time)).toEqual(store.get('k', time))
    restored.put('k', 'x', 500)
    restored.rollback()
    for (let time = 0; time < 140; time++) expect(restored.get('k', time)).toEqual(store.get('k', time))
  })
})
