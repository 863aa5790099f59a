import { describe, expect, it } from 'vitest'
import type { Pattern } from '../pattern/chain-types.ts'
import { pattern } from '../pattern/pattern.ts'
import { EventTimeMatcher } from '../time/event-time-matcher.ts'
import { type MatcherOptions, matcherOf } from './pattern-matcher.ts'

const is = (type: string) => (event: string) => event[0] === type

/** What a pattern gives for events, one a millisecond from 1 on, and at the end of time: `event or end: events`. */
function outputs<M>(of: Pattern<string, M>, options: MatcherOptions, events: string): string[] {
  const matcher = matcherOf(of, options)
  const log: string[] = []
  let now = ''
  const time = new EventTimeMatcher<string, string>(matcher, (_key, { matches, timeouts }) => {
    const text = (match: object): string => Object.values(match).flat().join('')
    for (const { last } of matches) log.push(`${now}: ${text(matcher.match(last) as object)}`)
    for (const { last } of timeouts) log.push(`${now}: timeout ${text(matcher.partial(last) as object)}`)
  })
  events.split(' ').forEach((event, i) => {
    now = event
    time.offer('k', event, i + 1)
    time.advance(i + 1)
  })
  now = 'end'
  time.advance(1_000_000)
  return log
}

describe('emit', () => {
  // 47 of the worked examples: a2's match is complete on e, but a1 still waits.
  const pair = pattern<string>()
    .begin('a', is('a'))
    .followedBy('e', (event, match) => event[0] === 'e' && event[1] === match.a[1])
    .within(100)

  it('inOrder holds a finished match behind an earlier start, until that times out', () => {
    expect(outputs(pair, { skip: 'toNext', semantics: 'flink' }, 'a1 a2 e2')).toEqual(['end: a2e2', 'end: timeout a1'])
  })

  it('immediate emits it when it is finished, and keeps the earlier start', () => {
    expect(outputs(pair, { skip: 'toNext' }, 'a1 a2 e2 e1')).toEqual(['e2: a2e2', 'e1: a1e1'])
  })

  it('immediate drops an earlier start with pastLastEvent, since their matches would overlap', () => {
    expect(outputs(pair, { skip: 'pastLastEvent' }, 'a1 a2 e2 e1 a3 e3')).toEqual(['e2: a2e2', 'e3: a3e3'])
  })
})

describe('prefer', () => {
  // 45: the match without c suppresses the one with it.
  const tail = pattern<string>().begin('a', is('a')).next('b', is('b')).next('c', is('c')).optional()

  it('first lets the shorter match suppress the longer', () => {
    expect(outputs(tail, { skip: 'pastLastEvent' }, 'a b c')).toEqual(['b: ab'])
  })

  it('longest waits until the optional tail is decided', () => {
    for (const emit of ['inOrder', 'immediate'] as const) {
      const options: MatcherOptions = { skip: 'pastLastEvent', prefer: 'longest', emit }
      expect(outputs(tail, options, 'a b c')).toEqual(['c: abc'])
      expect(outputs(tail, options, 'a b x')).toEqual(['x: ab'])
    }
  })

  it('longest gives a loop at the end all it can take before its window is over', () => {
    const loop = pattern<string>().begin('a', is('a')).followedBy('b', is('b')).oneOrMore().within(10)
    expect(outputs(loop, { skip: 'pastLastEvent', prefer: 'longest' }, 'a b b2 x b3')).toContain('end: abb2b3')
  })
})

describe('greedyAtMaximum', () => {
  // 24: the fourth a fits the loop, which has its three.
  const greedy = pattern<string>().begin('a', is('a')).times(2, 3).greedy().followedBy('c', is('c'))

  it('refuse ends the run that is full', () => {
    expect(outputs(greedy, { semantics: 'flink' }, 'a1 a2 a3 a4 c')).toEqual(['c: a2a3a4c', 'c: a3a4c'])
  })

  it('release lets what follows decide', () => {
    expect(outputs(greedy, {}, 'a1 a2 a3 a4 c')).toEqual(['c: a1a2a3c', 'c: a2a3a4c', 'c: a3a4c'])
    expect(outputs(greedy, {}, 'a1 a2 a3 c')).toEqual(outputs(greedy, { semantics: 'flink' }, 'a1 a2 a3 c'))
  })
})

describe('timeouts', () => {
  // 35: the loop has branched.
  const loop = pattern<string>()
    .begin('a', is('a'))
    .followedBy('b', is('b'))
    .oneOrMore()
    .followedBy('c', is('c'))
    .within(10)

  it('eachRun gives one for each branch of a start', () => {
    expect(outputs(loop, { semantics: 'flink' }, 'a b1 b2')).toEqual(['end: timeout ab1b2', 'end: timeout ab1'])
  })

  it('eachStart gives one, with the most events', () => {
    expect(outputs(loop, {}, 'a b1 b2')).toEqual(['end: timeout ab1b2'])
  })

  it('eachStart counts waits between events too', () => {
    const waits = pattern<string>()
      .begin('a', is('a'))
      .followedByAny('b', is('b'))
      .within(10, 'previousToCurrent')
      .followedBy('c', is('c'))
      .within(10, 'previousToCurrent')
    expect(outputs(waits, { timeouts: 'eachRun' }, 'a b')).toEqual(['end: timeout a', 'end: timeout ab'].reverse())
    expect(outputs(waits, {}, 'a b')).toHaveLength(1)
  })
})

describe('loopsComplete', () => {
  const silent = pattern<string>().begin('a', is('a')).oneOrMore().notFollowedBy('b', is('b')).within(10)

  it('makes a match of a loop that is still looping when its window is over', () => {
    expect(outputs(silent, { prefer: 'longest', skip: 'pastLastEvent' }, 'a1 a2')).toEqual(['end: a1a2'])
    expect(outputs(silent, { prefer: 'longest', skip: 'pastLastEvent' }, 'a1 b a2')).toEqual(['end: a2'])
  })

  it('not so Flink, which wants an event after the last', () => {
    expect(outputs(silent, { semantics: 'flink' }, 'a')).toEqual(['end: timeout a'])
    expect(outputs(silent, {}, 'a')).toEqual(['end: a'])
    expect(outputs(silent, { semantics: 'flink' }, 'a x')).toEqual(['end: a', 'end: timeout a'])
    expect(outputs(silent, {}, 'a x')).toEqual(['end: a'])
  })
})
