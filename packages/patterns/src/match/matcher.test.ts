import { describe, expect, expectTypeOf, it } from 'vitest'
import { pattern } from '../pattern/pattern.ts'
import type { KeyRuns } from './key-runs.ts'
import type { Matcher } from './matcher.ts'
import { matcherOf } from './pattern-matcher.ts'

interface Event {
  readonly type: string
  readonly value: number
}

const a = (event: Event): boolean => event.type === 'a'
const b = (event: Event): boolean => event.type === 'b'
const z = (event: Event): boolean => event.type === 'z'

/** Events of these types, one a millisecond from `from` on; gives the number of matches. */
function feed<M>(matcher: Matcher<Event, M>, key: KeyRuns<Event>, types: Iterable<string>, from = 1): number {
  let matches = 0
  let at = from
  for (const type of types) matches += matcher.process(key, { type, value: at }, at++).matches.length
  return matches
}

describe('Matcher', () => {
  it('gives matches of the type the pattern has', () => {
    const matcher = matcherOf(pattern<Event>().begin('first', a).followedBy('rest', b).times(2).next('end').optional())
    const key = matcher.start()
    feed(matcher, key, 'axb')
    const outcome = matcher.process(key, { type: 'b', value: 4 }, 4)
    const match = matcher.match(outcome.matches[0].last)
    expectTypeOf(match).toEqualTypeOf<{ first: Event; rest: Event[]; end: Event | undefined }>()
    expect(match).toEqual({
      first: { type: 'a', value: 1 },
      rest: [
        { type: 'b', value: 3 },
        { type: 'b', value: 4 },
      ],
      end: undefined,
    })
  })

  it('tells a key at rest from one with runs under way', () => {
    const matcher = matcherOf(pattern<Event>().begin('a', a).next('b', b))
    const key = matcher.start()
    expect(key.isAtRest).toBe(true)
    feed(matcher, key, 'a')
    expect(key.isAtRest).toBe(false)
    expect(feed(matcher, key, 'b', 2)).toBe(1)
    expect(key.isAtRest).toBe(true)
  })

  it('times out at the end of the window, which is exclusive, and says when that is', () => {
    const matcher = matcherOf(pattern<Event>().begin('a', a).followedBy('b', b).within(10))
    const key = matcher.start()
    feed(matcher, key, 'a', 5)
    expect(matcher.nextDeadline(key)).toBe(15)
    expect(matcher.advance(key, 14).timeouts).toEqual([])
    const [timeout] = matcher.advance(key, 20).timeouts
    expect(timeout.timestamp).toBe(15)
    expect(matcher.partial(timeout.last)).toEqual({ a: { type: 'a', value: 5 }, b: undefined })
    expect(matcher.nextDeadline(key)).toBe(Number.POSITIVE_INFINITY)
  })

  it('times out a wait between events by its own deadline', () => {
    const matcher = matcherOf(pattern<Event>().begin('a', a).followedBy('b', b).within(10, 'previousToCurrent'))
    const key = matcher.start()
    feed(matcher, key, 'aa', 5)
    expect(matcher.nextDeadline(key)).toBe(15)
    expect(matcher.advance(key, 15).timeouts.map(({ timestamp }) => timestamp)).toEqual([15])
    expect(matcher.nextDeadline(key)).toBe(16)
  })

  it('moves no run if a condition throws', () => {
    const fails = (event: Event): boolean => {
      if (event.type === 'bad') throw new Error('bad event')
      return b(event)
    }
    const matcher = matcherOf(pattern<Event>().begin('a').followedBy('b', fails))
    const key = matcher.start()
    feed(matcher, key, 'a')
    expect(() => feed(matcher, key, ['bad'], 2)).toThrow('bad event')
    expect(key.live.size).toBe(1)
    expect(feed(matcher, key, 'b', 3)).toBe(1)
  })

  it('refuses a condition that reads a match it does not declare', () => {
    // biome-ignore lint/complexity/noArguments: how such a condition comes about.
    const sly = function (_event: Event): boolean { return (arguments[1] as { a?: Event }).a !== undefined } // biome-ignore format: one line
    const matcher = matcherOf(pattern<Event>().begin('a', a).next('b', sly))
    expect(() => feed(matcher, matcher.start(), 'ab')).toThrow('declare it: write (event, match)')
  })
})

describe('what an event costs', () => {
  it('is one call a condition, whatever the number of runs', () => {
    const matcher = matcherOf(pattern<Event>().begin('a', a).followedBy('z', z))
    const key = matcher.start()
    feed(matcher, key, Array(4_000).fill('a'))
    expect(key.live.size).toBe(4_000)
    expect(matcher.evaluations).toBeLessThanOrEqual(8_000)
    expect(feed(matcher, key, 'z', 5_000)).toBe(4_000)
    expect(matcher.evaluations).toBeLessThanOrEqual(8_002)
  })

  it('touches no run that it does not move', () => {
    const matcher = matcherOf(pattern<Event>().begin('a', a).followedBy('b', b).followedBy('z', z))
    const key = matcher.start()
    key.live.track()
    feed(matcher, key, 'aa')
    expect(key.live.takeTouched()).toHaveLength(2)
    feed(matcher, key, 'xyx', 3)
    expect(key.live.takeTouched()).toEqual([])
    feed(matcher, key, 'b', 6)
    expect(key.live.takeTouched()).toHaveLength(2)
    feed(matcher, key, 'ab', 7)
    // The third start alone: the others wait for z.
    expect(key.live.takeTouched().map(({ start }) => start.timestamp)).toEqual([7])
  })

  it('asks each run only where a condition reads the match, and not if a plain one before it says no', () => {
    const matcher = matcherOf(
      pattern<Event>()
        .begin('a', a)
        .followedBy('b', b)
        .where((event, match) => event.value > match.a.value + 100),
    )
    const key = matcher.start()
    feed(matcher, key, Array(50).fill('a'))
    const before = matcher.evaluations
    feed(matcher, key, 'x', 60)
    expect(matcher.evaluations - before).toBe(2)
    feed(matcher, key, 'b', 120)
    expect(matcher.evaluations - before).toBe(2 + 2 + 50)
    expect(key.live.size).toBe(31)
  })

  it('stays low with 100,000 live runs on one key', () => {
    const matcher = matcherOf(pattern<Event>().begin('a', a).followedBy('z', z), { skip: 'pastLastEvent' })
    const key = matcher.start()
    feed(matcher, key, Array(100_000).fill('a'))
    expect(key.live.size).toBe(100_000)
    expect(matcher.evaluations).toBe(199_999)
    expect(feed(matcher, key, 'z', 200_000)).toBe(1)
    expect(key.isAtRest).toBe(true)
  })

  it('is the number of matches, not of comparisons, for combinations', () => {
    const matcher = matcherOf(pattern<Event>().begin('a', a).oneOrMore().allowCombinations().followedBy('z', z))
    expect(feed(matcher, matcher.start(), `${'a'.repeat(14)}z`)).toBe(2 ** 14 - 1)
    expect(matcher.evaluations).toBeLessThanOrEqual(30)
  })
})
