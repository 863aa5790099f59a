import { describe, expect, it } from 'vitest'
import { pattern } from '../pattern/pattern.ts'
import { fold } from './fold.ts'
import { restoredFrom, snapshotOf } from './key-snapshot.ts'
import { matcherOf } from './pattern-matcher.ts'

interface Payment {
  readonly amount: number
}

describe('fold', () => {
  it('adds each event once, however often the condition is asked', () => {
    let added = 0
    const total = fold(0, (sum, { amount }: Payment) => {
      added++
      return sum + amount
    })
    // Ends with the event that brings the sum of its loop to 1,000.
    const of = pattern<Payment>()
      .begin('first', (p) => p.amount === 9)
      .next('small', (p, match) => p.amount < 9 && total(match, 'small') + p.amount <= 1_000)
      .oneOrMore()
      .consecutive()
      .next('end', (p, match) => total(match, 'small') + p.amount > 1_000)
    const matcher = matcherOf(of)
    let key = matcher.start()
    const amounts = [9, ...Array.from({ length: 1_100 }, () => 1)]
    const found = amounts.flatMap((amount, i) => {
      if (i === 500) key = restoredFrom(snapshotOf(key), matcher)
      return matcher.process(key, { amount }, i + 1).matches
    })
    expect(found).toHaveLength(1)
    const match = matcher.match(found[0].last)
    expect(match.small).toHaveLength(1_000)
    // Once for each, and once more for the 498 that were asked for before the restart.
    expect(added).toBe(1_000 + 498)
    expect(total(match, 'small')).toBe(1_000)
  })

  it('is the same for the runs that share events, and nothing for no event', () => {
    const count = fold(0, (n) => n + 1)
    const of = pattern<Payment>()
      .begin('a', (p) => p.amount === 1)
      .oneOrMore()
      .followedBy('b', (p, match) => p.amount === 2 && count(match, 'a') > 1)
    const matcher = matcherOf(of)
    const key = matcher.start()
    const found = [1, 1, 1, 2].flatMap((amount, i) => matcher.process(key, { amount }, i + 1).matches)
    expect(found.map(({ last }) => matcher.match(last).a.length)).toEqual([3, 2, 2])
    expect(count({}, 'a')).toBe(0)
  })

  it('of two elements are apart', () => {
    const count = fold(0, (n) => n + 1)
    const seen: number[][] = []
    const of = pattern<Payment>()
      .begin('a', (p, match) => p.amount === 1 && count(match, 'a') >= 0)
      .times(2)
      .next('b', (p, match) => p.amount === 2 && count(match, 'a') === 2)
      .times(2)
      .next('c', (_p, match) => seen.push([count(match, 'a'), count(match, 'b')]) > 0)
    const matcher = matcherOf(of)
    const key = matcher.start()
    for (const [i, amount] of [1, 1, 2, 2, 3].entries()) matcher.process(key, { amount }, i + 1)
    expect(seen).toEqual([[2, 2]])
  })
})
