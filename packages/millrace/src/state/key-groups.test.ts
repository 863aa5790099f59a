import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { int64At, int64String } from './byte-string.ts'
import { KeyGroups } from './key-groups.ts'

const SUFFIX = 12

describe('KeyGroups', () => {
  it('finds what a search of all keys finds, whatever came and went', () => {
    const key = fc
      .tuple(fc.nat(2), fc.constantFrom('a', 'ab', 'b', 'a\0\0\0\0\0\0\0\x05'), fc.nat(6), fc.nat(2))
      .map(([segment, name, time, rest]) => `${int64String(segment)}${name}${int64String(time)}\0\0\0${rest}`)
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ add: key }) },
      { weight: 2, arbitrary: fc.record({ remove: key }) },
      {
        weight: 3,
        arbitrary: fc.record({ find: fc.tuple(fc.nat(2), fc.constantFrom('a', 'ab', 'b'), fc.nat(6), fc.nat(6)) }),
      },
      { weight: 1, arbitrary: fc.record({ drop: fc.tuple(fc.nat(2), fc.nat(3)) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const all = new Set<string>()
        const groups = new KeyGroups<string>(
          () => all,
          (at) => at,
        )
        for (const one of steps) {
          if ('add' in one) {
            all.add(one.add)
            groups.added(one.add)
          } else if ('remove' in one) {
            all.delete(one.remove)
            groups.removed(one.remove)
          } else if ('drop' in one) {
            const [from, to] = [int64String(one.drop[0]), int64String(one.drop[1])]
            const gone = [...all].filter((at) => at.slice(0, 8) >= from && at.slice(0, 8) < to)
            groups.dropSegments(from, to)
            for (const at of gone) all.delete(at)
          } else {
            const [segment, name, first, last] = one.find
            const prefix = int64String(segment) + name
            const expected = [...all].filter((at) => {
              const time = int64At(at, prefix.length)
              return at.length === prefix.length + SUFFIX && at.startsWith(prefix) && time >= first && time <= last
            })
            expect(groups.find(int64String(segment), name, first, last, SUFFIX)).toEqual(expected.sort())
          }
        }
      }),
    )
  })
})
