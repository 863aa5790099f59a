import { describe, expect, it } from 'vitest'
import { batchOf, testEnvironment } from './fixtures/environment.ts'
import { type OuterJoinKey, outerJoinStore } from './outer-join-store.ts'

describe('outerJoinStore', () => {
  const builder = outerJoinStore<string, string, string>({ name: 'shared' })
  const left: OuterJoinKey<string> = { timestamp: 7, side: 'left', key: 'a' }

  it('keeps the values of one key, side and time as a list, logs all of it, and removes all of it', () => {
    const store = builder.build()
    const environment = testEnvironment()
    store.init(environment)
    environment.at(7)
    store.put(left, 'x')
    store.put(left, 'yy')
    store.put({ timestamp: 7, side: 'right', key: 'b' }, 'z')
    expect(
      environment.logged.map(({ key, value, timestamp }) => [key.toString('hex'), value?.toString('hex'), timestamp]),
    ).toEqual([
      ['00000000000000070161', '0100000001000000020178', 7],
      ['00000000000000070161', '010000000200000002017800000003017979', 7],
      ['00000000000000070062', '010000000100000002007a', 7],
    ])
    const seen: unknown[] = []
    for (const [key, value] of store.all()) {
      seen.push([key.side, key.key, value])
      store.remove(key)
    }
    expect(seen).toEqual([
      ['right', 'b', 'z'],
      ['left', 'a', 'x'],
      ['left', 'a', 'yy'],
    ])
    expect(store.remove(left)).toBe(false)
    expect(environment.logged.length).toBe(5)
    expect([...store.all()]).toEqual([])
  })

  it('is restored from its changelog', () => {
    const store = builder.build()
    const environment = testEnvironment()
    store.init(environment)
    store.put(left, 'x')
    store.put(left, 'y')
    const restored = builder.build()
    restored.init(testEnvironment())
    restored.restore(batchOf(environment.logged))
    restored.commit(2)
    expect([...restored.all()]).toEqual([...store.all()])
  })
})
