/** What is read back where a crash at least once left only the first writes of a key in the changelog. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Matcher } from '../match/matcher.ts'
import { matcherOf } from '../match/pattern-matcher.ts'
import { pattern } from '../pattern/pattern.ts'
import { KeyState } from './key-state.ts'
import type { PatternStore } from './pattern-store.ts'
import { PART, partKey, type StateKey } from './state-key.ts'
import type { MetaValue, StateValue } from './state-value.ts'

interface Event {
  readonly type: string
  readonly n: number
}

type Write = readonly [at: StateKey<string>, value: StateValue<Event> | null]

const is = (type: string) => (event: Event) => event.type === type
const looping = pattern<Event>().begin('a', is('a')).followedBy('b', is('b')).oneOrMore().followedBy('c', is('c'))

/** The part of a store that a key uses, in the order of its keys, and a journal of what was put. */
class Recorded implements Pick<PatternStore<string, Event>, 'put' | 'range'> {
  readonly journal: Write[] = []
  readonly #entries = new Map<string, Write>()

  put(at: StateKey<string>, value: StateValue<Event> | null): void {
    // As a changelog would have it: nothing of what is put may be shared with who put it.
    this.journal.push([at, JSON.parse(JSON.stringify(value))])
    this.apply([at, JSON.parse(JSON.stringify(value))])
  }

  apply([at, value]: Write): void {
    if (value === null) this.#entries.delete(JSON.stringify(at))
    else this.#entries.set(JSON.stringify(at), [at, value])
  }

  *range(): Iterable<readonly [StateKey<string>, StateValue<Event>]> {
    const order = (at: StateKey<string>): number[] => (at.timer ? [0, at.time, 0] : [at.part, at.time, at.n])
    const sorted = [...this.#entries.values()].sort(([a], [b]) => {
      const [x, y] = [order(a), order(b)]
      return x[0] - y[0] || x[1] - y[1] || x[2] - y[2]
    })
    for (const [at, value] of sorted) yield [at, value as StateValue<Event>]
  }

  get meta(): MetaValue | undefined {
    return this.#entries.get(JSON.stringify(partKey('k', PART.meta)))?.[1] as MetaValue | undefined
  }

  has(at: StateKey<string>): boolean {
    return this.#entries.has(JSON.stringify(at))
  }

  open(matcher: Matcher<Event, unknown>): KeyState<string, Event> {
    return new KeyState('k', this as unknown as PatternStore<string, Event>, matcher, this.meta)
  }
}

function take(matcher: Matcher<Event, unknown>, { runs }: KeyState<string, Event>, event: Event): string[] {
  return matcher.process(runs, event, event.n).matches.map(({ last }) => JSON.stringify(matcher.match(last)))
}

const types = fc.array(fc.constantFrom('a', 'b', 'b', 'c', 'x'), { minLength: 4, maxLength: 24 })

describe('a key of which only the first writes are there', () => {
  it.each(['none', 'toNext', 'pastLastEvent'] as const)('goes on, skip %s', (skip) => {
    fc.assert(
      fc.property(types, fc.nat({ max: 23 }), fc.nat(), (drawn, committedAt, cut) => {
        const matcher = matcherOf(looping, { skip })
        const events = drawn.map((type, n): Event => ({ type, n }))
        const store = new Recorded()
        const state = store.open(matcher)
        const committed = events.slice(0, committedAt)
        for (const event of committed) take(matcher, state, event)
        state.write()
        const durable = store.journal.length
        const expected = events.slice(committedAt).flatMap((event) => take(matcher, state, event))
        state.write()

        const torn = new Recorded()
        const kept = durable + (cut % (store.journal.length - durable + 1))
        for (const write of store.journal.slice(0, kept)) torn.apply(write)
        const again = torn.open(matcher)
        const found = events.slice(committedAt).flatMap((event) => take(matcher, again, event))
        again.write()
        // Whatever else was written: the events may move the runs once more, as if they had come twice.
        if (kept === durable) expect(found).toEqual(expected)
        expect(() => torn.open(matcher)).not.toThrow()
      }),
    )
  })

  it('drops runs whose events are not there, and events that no run has', () => {
    const matcher = matcherOf(looping)
    const store = new Recorded()
    const state = store.open(matcher)
    for (const [n, type] of [...'aab'].entries()) take(matcher, state, { type, n })
    state.write()
    store.apply([partKey('k', PART.event, 1), null])
    store.apply([partKey('k', PART.event, 9), { kind: 'event', timestamp: 9, event: { type: 'b', n: 9 } }])
    const again = store.open(matcher)
    expect(take(matcher, again, { type: 'c', n: 10 })).toEqual([
      JSON.stringify({ a: { type: 'a', n: 0 }, b: [{ type: 'b', n: 2 }], c: { type: 'c', n: 10 } }),
    ])
    again.write()
    expect(store.has(partKey('k', PART.event, 9))).toBe(false)
    expect(store.has(partKey('k', PART.group, 1))).toBe(false)
  })
})
