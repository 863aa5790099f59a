import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyIndex } from './key-index.ts'

/** More changes than an order keeps up with unasked, whatever its size was. */
const MANY = 25_000

describe('KeyIndex', () => {
  it('gives what a sort of all keys gives, whatever came and went, and however much between two ranges', () => {
    const key = fc.nat(40).map(String)
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ add: key }) },
      { weight: 3, arbitrary: fc.record({ remove: key }) },
      { weight: 3, arbitrary: fc.record({ range: fc.tuple(fc.option(key), fc.option(key)), reverse: fc.boolean() }) },
      { weight: 1, arbitrary: fc.constant({ clear: true }) },
      { weight: 1, arbitrary: fc.constant({ churn: true }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const all = new Set<string>()
        const index = new KeyIndex(() => all)
        const add = (at: string): void => {
          all.add(at)
          index.added(at)
        }
        const remove = (at: string): void => {
          all.delete(at)
          index.removed(at)
        }
        for (const one of steps) {
          if ('add' in one) add(one.add)
          else if ('remove' in one) remove(one.remove)
          else if ('clear' in one) {
            all.clear()
            index.cleared()
          } else if ('churn' in one) {
            for (let left = MANY; left > 0; left -= 2) {
              add('churned')
              remove('churned')
            }
          } else {
            const [from, to] = one.range.map((bound) => bound ?? undefined)
            const expected = [...all]
              .filter((at) => (from === undefined || at >= from) && (to === undefined || at < to))
              .sort()
            expect(index.snapshot(from, to, one.reverse)).toEqual(one.reverse ? expected.reverse() : expected)
          }
        }
      }),
      { numRuns: 50 },
    )
  })

  it('gives up an order that nobody asks for any more once, but none that is asked for now and then', () => {
    const all = new Set<string>()
    const index = new KeyIndex(() => all)
    let made = 0
    const add = (count: number): void => {
      for (let left = count; left > 0; left--) {
        const key = `key ${made++}`
        all.add(key)
        index.added(key)
      }
    }
    const removeAll = (): void => {
      for (const key of all) {
        all.delete(key)
        index.removed(key)
      }
    }
    add(100_000)
    expect([index.built, index.asked]).toEqual([false, false])
    expect(index.first()).toBe('key 0')
    for (let round = 0; round < 3; round++) {
      add(30_000)
      expect(index.built).toBe(true)
      expect(index.first()).toBe('key 0')
    }
    add(60_000)
    removeAll()
    expect([index.built, index.asked]).toEqual([false, true])

    add(10)
    expect(index.snapshot(undefined, undefined, false)).toEqual([...all].sort())
    add(60_000)
    removeAll()
    expect([index.built, index.asked]).toEqual([true, true])
  })
})
