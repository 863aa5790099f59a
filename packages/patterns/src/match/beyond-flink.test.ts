import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Pattern } from '../pattern/chain-types.ts'
import { allOf, anyOf } from '../pattern/choice.ts'
import { pattern } from '../pattern/pattern.ts'
import { EventTimeMatcher } from '../time/event-time-matcher.ts'
import { type KeySnapshot, restoredFrom, snapshotOf } from './key-snapshot.ts'
import { type MatcherOptions, matcherOf } from './pattern-matcher.ts'
import type { Binding } from './run.ts'

interface Event {
  readonly type: string
  readonly id: number
  readonly time: number
}

const is = (type: string) => (event: Event) => event.type === type
const a = pattern<Event>().begin('a', is('a'))

/** `a1 x4`: events at their times. */
function events(text: string): Event[] {
  return text.split(' ').map((one, id) => ({ type: one[0], id, time: Number(one.slice(1)) }))
}

function shown(last: Binding<Event>): string {
  const bound: string[] = []
  for (let at: Binding<Event> | undefined = last; at !== undefined; at = at.before) {
    bound.unshift(`${at.event.value.type}${at.event.value.time}`)
  }
  return bound.join(' ')
}

interface Results {
  readonly matches: string[]
  readonly timeouts: string[]
}

/** Time moves with the events and at last to `until`; with `stores`, all state is stored and restored between two events. */
function run(
  of: Pattern<Event, unknown>,
  input: readonly Event[],
  until = 1000,
  options: MatcherOptions = {},
  stores = false,
): Results {
  const matcher = matcherOf(of, options)
  let key = matcher.start()
  const results: Results = { matches: [], timeouts: [] }
  const take = ({ matches, timeouts }: ReturnType<typeof matcher.advance>): void => {
    for (const { last } of matches) results.matches.push(shown(last))
    for (const { last, timestamp } of timeouts) results.timeouts.push(`${shown(last)} @${timestamp}`)
  }
  for (const event of input) {
    take(matcher.advance(key, event.time))
    take(matcher.process(key, event, event.time))
    if (stores) key = restoredFrom(JSON.parse(JSON.stringify(snapshotOf(key))) as KeySnapshot<Event>, matcher)
  }
  take(matcher.advance(key, until))
  return results
}

describe('an absence', () => {
  const then = a.absent('quiet', is('x'), 5).followedBy('b', is('b')).within(20)

  it('lets a run go on when its time is over, its very end outside, and ends it on what may not come', () => {
    expect(run(then, events('a1 b3 y4 b6')).matches).toEqual(['a1 b6'])
    expect(run(then, events('a1 x6 b7')).matches).toEqual(['a1 b7'])
    expect(run(then, events('a1 x5 b7'))).toEqual({ matches: [], timeouts: [] })
    expect(run(then, events('a1 y30')).timeouts).toEqual(['a1 @21'])
  })

  it('before next: the very first event after it', () => {
    const next = a.absent('quiet', is('x'), 5).next('b', is('b'))
    expect(run(next, events('a1 y3 b6')).matches).toEqual(['a1 b6'])
    expect(run(next, events('a1 y7 b8')).matches).toEqual([])
  })

  it('at the end completes by silence, and within a window only if it is over by then', () => {
    const last = a.absent('quiet', is('x'), 5)
    expect(run(last, events('a1 a3 x7'), 8).matches).toEqual(['a1'])
    expect(run(last.within(5), events('a1')).matches).toEqual(['a1'])
    expect(() => matcherOf(last.within(4))).toThrow('cannot be over within')
    // Its whole window at once, as where time leaps.
    const far = pattern<Event>().begin('s', is('s')).followedBy('a', is('a')).absent('quiet', is('x'), 5).within(10)
    expect(run(far, events('s1 a4')).matches).toEqual(['s1 a4'])
    expect(run(far, events('s1 a8')).timeouts).toEqual(['s1 a8 @11'])
  })

  it('of any event, without a condition', () => {
    expect(run(a.absent('quiet', 5), events('a1 y2 a10')).matches).toEqual(['a10'])
  })

  it('after a loop counts from its last event, without an event that ends it', () => {
    const loop = a.oneOrMore().absent('quiet', is('x'), 5)
    expect(run(loop, events('a1 a3'), 20).matches.sort()).toEqual(['a1', 'a1 a3', 'a3'])
    expect(run(loop, events('a1 x2 a3'), 20).matches.sort()).toEqual(['a1 a3', 'a3'])
    const greedy = a.oneOrMore().greedy().absent('quiet', is('x'), 5)
    expect(run(greedy, events('a1 a3'), 20).matches.sort()).toEqual(['a1 a3', 'a3'])
  })

  it('after an optional element, in a repeated group, and before an optional end', () => {
    const optional = a.followedBy('o', is('o')).optional().absent('quiet', is('x'), 5).followedBy('b', is('b'))
    expect(run(optional, events('a1 b8')).matches).toEqual(['a1 b8'])
    expect(run(optional, events('a1 o2 x3 b8')).matches).toEqual([])
    // Both from a and from o it was quiet.
    expect(run(optional, events('a1 o3 b9')).matches.sort()).toEqual(['a1 b9', 'a1 o3 b9'])
    const group = pattern<Event>()
      .begin(a.absent('quiet', is('x'), 5).next('b', is('b')))
      .times(2)
    expect(run(group, events('a1 b7 a10 b16')).matches).toEqual(['a1 b7 a10 b16'])
    const tail = a.absent('quiet', is('x'), 5).followedBy('b', is('b')).optional()
    expect(run(tail, events('a1 b8')).matches).toEqual(['a1', 'a1 b8'])
  })

  it('wakes a silent key whatever the semantics', () => {
    const found: string[] = []
    const matcher = new EventTimeMatcher<string, Event>(
      matcherOf(a.absent('quiet', is('x'), 5), { semantics: 'flink' }),
      (_key, { matches }, timestamp) => found.push(...matches.map(({ last }) => `${shown(last)} @${timestamp}`)),
    )
    matcher.offer('k', events('a1')[0], 1)
    matcher.advance(2)
    matcher.advance(7)
    expect(found).toEqual(['a1 @7'])
  })

  it('is refused where it has nothing to count from, where until() decides, twice in a row', () => {
    const first = pattern<Event>().begin('o', is('o')).optional().absent('quiet', is('x'), 5).next('b', is('b'))
    expect(() => matcherOf(first)).toThrow('an event to count from')
    const until = a.oneOrMore().greedy().until(is('u')).absent('quiet', is('x'), 5)
    expect(() => matcherOf(until)).toThrow('leave out until()')
    expect(() => matcherOf(a.absent('q', is('x'), 5).absent('r', is('y'), 5))).toThrow('two absences in a row')
    expect(() => matcherOf(a.absent('q', is('x'), 0))).toThrow('above 0')
  })
})

describe('a choice', () => {
  const b = pattern<Event>().begin('b', is('b'))
  const c = pattern<Event>().begin('c', is('c'))

  it('any of: what begins first decides', () => {
    const either = a.followedBy(anyOf(b.followedBy('d', is('d')), c))
    expect(run(either, events('a1 y2 c3 b4 d5')).matches).toEqual(['a1 c3'])
    expect(run(either, events('a1 b2 c3 d4 c5')).matches).toEqual(['a1 b2 d4'])
    const three = pattern<Event>().begin(anyOf(a, b.next('d', is('d')), c))
    expect(run(three, events('a1 b2 d3 b4 c5')).matches).toEqual(['a1', 'b2 d3', 'c5'])
  })

  it('all of: each, in any order', () => {
    const both = a.followedBy(allOf(b.oneOrMore().consecutive(), c))
    expect(run(both, events('a1 y2 b3 y4 c5')).matches).toEqual(['a1 b3 c5'])
    expect(run(both, events('a1 c2 y3 b4')).matches).toEqual(['a1 c2 b4'])
    const three = pattern<Event>().begin(allOf(a, b, c))
    expect(run(three, events('c1 a2 c3 b4')).matches).toEqual(['c1 a2 b4', 'a2 c3 b4'])
    const found = matcherOf(three)
    expect(found.automaton.elements.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c'])
  })

  it('can be optional, repeat, and stand between negations', () => {
    const maybe = a.followedBy(anyOf(b, c)).optional().followedBy('d', is('d'))
    expect(run(maybe, events('a1 d2')).matches).toEqual(['a1 d2'])
    expect(run(maybe, events('a1 c2 d3')).matches.sort()).toEqual(['a1 c2 d3', 'a1 d3'])
    const twice = a.followedBy(anyOf(b, c)).times(2)
    expect(run(twice, events('a1 c2 y3 b4')).matches).toEqual(['a1 c2 b4'])
    const unless = a.notFollowedBy('x', is('x')).followedBy(anyOf(b, c))
    expect(run(unless, events('a1 x2 b3')).matches).toEqual([])
    expect(run(unless, events('a1 y2 b3 x4')).matches).toEqual(['a1 b3'])
  })

  it('is refused where it cannot be what it says', () => {
    expect(() => matcherOf(anyOf(b.optional().next('d', is('d')), c))).toThrow('required element')
    expect(() => matcherOf(allOf(b.notFollowedBy('x', is('x')).within(5), c))).toThrow('cannot end in a negation')
  })
})

describe('distinct', () => {
  const hosts = pattern<Event>()
    .begin('h', is('h'))
    .times(3)
    .distinct((event) => event.id % 10)
  const host = (ids: number[]) => ids.map((id, i): Event => ({ type: 'h', id, time: i + 1 }))

  it('passes over what repeats a value', () => {
    expect(run(hosts, host([1, 1, 2, 11, 3])).matches).toEqual(['h1 h3 h5', 'h2 h3 h5', 'h3 h4 h5'])
  })

  it('does not fit where nothing may come between, and stays last whatever is added', () => {
    expect(run(hosts.consecutive(), host([1, 2, 2, 3, 1])).matches).toEqual(['h3 h4 h5'])
    const late = hosts.where((event) => event.time > 2)
    expect(run(late, host([1, 2, 2, 3, 1])).matches).toEqual(['h3 h4 h5'])
  })
})

/** What the patterns mean, said by walking over the events; each start gives at most one match. */
const MODELS: Record<string, [Pattern<Event, unknown>, (input: readonly Event[], i: number) => Event[] | undefined]> = {
  'an absence, then an event': [
    a.absent('quiet', is('x'), 4).followedBy('b', is('b')).within(9),
    (input, i) => {
      const after = input.slice(i + 1).filter(({ time }) => time < input[i].time + 9)
      if (after.some(({ type, time }) => type === 'x' && time < input[i].time + 4)) return undefined
      const b = after.find(({ type, time }) => type === 'b' && time >= input[i].time + 4)
      return b === undefined ? undefined : [input[i], b]
    },
  ],
  'an absence at the end': [
    a.followedBy('b', is('b')).absent('quiet', is('x'), 4),
    (input, i) => {
      const b = input.findIndex(({ type }, n) => n > i && type === 'b')
      if (b < 0) return undefined
      const hit = input.some(({ type, time }, n) => n > b && type === 'x' && time < input[b].time + 4)
      return hit ? undefined : [input[i], input[b]]
    },
  ],
  'one of two': [
    a.followedBy(
      anyOf(pattern<Event>().begin('b', is('b')).followedBy('x', is('x')), pattern<Event>().begin('c', is('c'))),
    ),
    (input, i) => {
      const first = input.findIndex(({ type }, n) => n > i && (type === 'b' || type === 'c'))
      if (first < 0) return undefined
      if (input[first].type === 'c') return [input[i], input[first]]
      const x = input.find(({ type }, n) => n > first && type === 'x')
      return x === undefined ? undefined : [input[i], input[first], x]
    },
  ],
  'three in any order': [
    pattern<Event>().begin(
      allOf(
        pattern<Event>().begin('a', is('a')),
        pattern<Event>().begin('b', is('b')),
        pattern<Event>().begin('c', is('c')),
      ),
    ),
    (input, i) => {
      const bound: Event[] = []
      for (const event of input.slice(i)) {
        if (event.type !== 'x' && !bound.some(({ type }) => type === event.type)) bound.push(event)
        if (bound.length === 3) return bound
      }
      return undefined
    },
  ],
  'distinct values': [
    pattern<Event>()
      .begin('e', (event) => event.type !== 'x')
      .times(3)
      .distinct(({ type }) => type),
    (input, i) => MODELS['three in any order'][1](input, i),
  ],
}

const inputs = fc
  .array(fc.tuple(fc.constantFrom('a', 'a', 'b', 'c', 'x'), fc.integer({ min: 0, max: 3 })), { maxLength: 30 })
  .map((steps) => {
    let time = 1
    return steps.map(([type, step], id): Event => ({ type, id, time: (time += step) }))
  })

describe('what is not in FlinkCEP is what a few lines say that it means', () => {
  it.each(Object.entries(MODELS))('%s', (name, [of, matchAt]) => {
    const begins = name.startsWith('three') || name.startsWith('distinct') ? /[abc]/ : /a/
    fc.assert(
      fc.property(inputs, fc.boolean(), (input, stores) => {
        const wanted = input.flatMap(({ type }, i) => {
          const match = begins.test(type) ? matchAt(input, i) : undefined
          return match === undefined ? [] : [match.map((event) => `${event.type}${event.time}`).join(' ')]
        })
        expect(run(of, input, 1000, {}, stores).matches.sort()).toEqual(wanted.sort())
      }),
      { numRuns: 300 },
    )
  })
})
