import { describe, expect, it } from 'vitest'
import { matcherOf } from '../match/pattern-matcher.ts'
import { pattern } from '../pattern/pattern.ts'
import { EventTimeMatcher, type EventTimeOptions } from './event-time-matcher.ts'

const is = (type: string) => (event: string) => event[0] === type

function matching(gap: boolean, options?: EventTimeOptions): { time: EventTimeMatcher<string, string>; log: string[] } {
  const log: string[] = []
  const ab = pattern<string>().begin('a', is('a')).followedBy('b', is('b'))
  const matcher = matcherOf(gap ? ab.within(10, 'previousToCurrent') : ab.within(10), { semantics: 'flink' })
  const time = new EventTimeMatcher<string, string>(
    matcher,
    (key, { matches, timeouts }, timestamp) => {
      for (const { last } of matches) log.push(`${key} ${timestamp} ${Object.values(matcher.match(last)).join('')}`)
      for (const { last, timestamp: end } of timeouts) log.push(`${key} ${end} timeout ${matcher.partial(last).a}`)
    },
    options,
  )
  return { time, log }
}

describe('EventTimeMatcher', () => {
  it('puts events in the order of their time, equal times in the order they came', () => {
    const { time, log } = matching(false)
    expect(time.offer('k', 'b2', 5)).toBe(true)
    expect(time.offer('k', 'a1', 3)).toBe(true)
    expect(time.offer('k', 'b3', 5)).toBe(true)
    time.advance(4)
    expect(log).toEqual([])
    time.advance(5)
    expect(log).toEqual(['k 5 a1b2'])
  })

  it('drops what comes at or before the watermark', () => {
    const { time } = matching(false)
    time.advance(5)
    expect(time.offer('k', 'a', 5)).toBe(false)
    expect(time.offer('k', 'a', 6)).toBe(true)
  })

  it('ends the window of a key that has fallen silent, and then keeps nothing of it', () => {
    const { time, log } = matching(false)
    time.offer('k', 'a1', 3)
    time.offer('other', 'x', 3)
    time.advance(3)
    time.advance(12)
    expect(log).toEqual([])
    expect(time.size).toBe(1)
    time.advance(13)
    expect(log).toEqual(['k 13 timeout a1'])
    expect(time.size).toBe(0)
  })

  it('wakes a silent key for a wait between events only with gapTimers', () => {
    const flink = matching(true)
    const ours = matching(true, { gapTimers: true })
    for (const { time } of [flink, ours]) {
      time.offer('k', 'a1', 3)
      time.advance(3)
      time.advance(100)
    }
    expect(flink.log).toEqual([])
    expect(ours.log).toEqual(['k 13 timeout a1'])
  })

  it('goes on in another one after a snapshot', () => {
    const from = matching(false)
    from.time.offer('k', 'a1', 3)
    from.time.advance(3)
    from.time.offer('k', 'b2', 5)
    const to = matching(false)
    to.time.advance(3)
    to.time.restore('k', JSON.parse(JSON.stringify(from.time.snapshot('k'))))
    to.time.advance(20)
    expect(to.log).toEqual(['k 5 a1b2'])
    expect(from.time.snapshot('unknown')).toBeUndefined()
  })
})
