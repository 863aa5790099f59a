import { describe, expect, it } from 'vitest'
import { pattern } from '../pattern/pattern.ts'
import type { RunLimits } from './limits.ts'
import { matcherOf } from './pattern-matcher.ts'

const is = (type: string) => (event: string) => event[0] === type

/** Feeds `a1 a2 a3 z`; gives what was dropped and what matched, by first events. */
function outcome(limits: RunLimits): { dropped: string[]; matched: string[] } {
  const matcher = matcherOf(pattern<string>().begin('a', is('a')).followedBy('z', is('z')), { limits })
  const key = matcher.start()
  const dropped: string[] = []
  const matched: string[] = []
  'a1 a2 a3 z'.split(' ').forEach((event, i) => {
    const one = matcher.process(key, event, i + 1)
    dropped.push(...one.dropped.map(({ event }) => event.value))
    matched.push(...one.matches.map(({ start }) => start.value))
  })
  return { dropped, matched }
}

describe('limits', () => {
  it('drop the runs of the earliest starts, or of the latest', () => {
    expect(outcome({})).toEqual({ dropped: [], matched: ['a1', 'a2', 'a3'] })
    expect(outcome({ runsPerKey: 2 })).toEqual({ dropped: ['a1'], matched: ['a2', 'a3'] })
    expect(outcome({ runsPerKey: 2, onOverflow: 'dropNew' })).toEqual({ dropped: ['a3'], matched: ['a1', 'a2'] })
  })

  it('fail and leave everything as it was', () => {
    const limits: RunLimits = { runsPerKey: 2, onOverflow: 'fail' }
    const matcher = matcherOf(pattern<string>().begin('a', is('a')).followedBy('z', is('z')), { limits })
    const key = matcher.start()
    matcher.process(key, 'a1', 1)
    matcher.process(key, 'a2', 2)
    expect(() => matcher.process(key, 'a3', 3)).toThrow('more than 2 live runs of a key')
    expect(key.live.runs).toBe(2)
    expect(key.nextSeq).toBe(2)
    expect(matcher.process(key, 'z', 4).matches).toHaveLength(2)
    expect(key.live.runs).toBe(0)
  })

  it('end a run that would bind too many events', () => {
    const loop = pattern<string>().begin('a', is('a')).next('b', is('b')).oneOrMore().followedBy('z', is('z'))
    const matcher = matcherOf(loop, { limits: { eventsPerRun: 3 } })
    const key = matcher.start()
    const events = ['a', 'b1', 'b2', 'b3', 'z']
    const outcomes = events.map((event, i) => matcher.process(key, event, i + 1))
    expect(outcomes.map(({ dropped }) => dropped.length)).toEqual([0, 0, 0, 1, 0])
    expect(outcomes[4].matches.map(({ last }) => matcher.match(last).b.join())).toEqual(['b1,b2', 'b1'])
    const strict = matcherOf(loop, { limits: { eventsPerRun: 2, onOverflow: 'fail' } })
    const again = strict.start()
    strict.process(again, 'a', 1)
    strict.process(again, 'b1', 2)
    expect(() => strict.process(again, 'b2', 3)).toThrow('more than 2 events in a run')
  })
})
