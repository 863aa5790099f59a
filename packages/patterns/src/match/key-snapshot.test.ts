import { describe, expect, it } from 'vitest'
import { pattern } from '../pattern/pattern.ts'
import { restoredFrom, snapshotOf } from './key-snapshot.ts'
import { matcherOf } from './pattern-matcher.ts'

interface Event {
  readonly type: string
}

const is = (type: string) => (event: Event) => event.type === type

describe('snapshot of a key', () => {
  const looping = pattern<Event>().begin('a', is('a')).followedBy('b', is('b')).oneOrMore().followedBy('z', is('z'))

  it('has each event once, and each binding once for the runs that share it', () => {
    const matcher = matcherOf(looping)
    const key = matcher.start()
    let at = 1
    for (const type of 'aabxb') matcher.process(key, { type }, at++)
    const { events, groups } = snapshotOf(key)
    // x is bound by none; both starts share the two b.
    expect(events.map(({ seq, timestamp, value }) => [seq, timestamp, value.type])).toEqual([
      [0, 1, 'a'],
      [1, 2, 'a'],
      [2, 3, 'b'],
      [3, 5, 'b'],
    ])
    expect(groups.map(({ start, bindings }) => ({ start, bindings }))).toEqual([
      { start: 0, bindings: [-1, 0, 0, 0, 1, 2, 1, 1, 3] },
      { start: 1, bindings: [-1, 0, 1, 0, 1, 2, 1, 1, 3] },
    ])
  })

  it('goes on as the key it was taken from', () => {
    const matcher = matcherOf(looping, { skip: 'toNext' })
    const key = matcher.start()
    let at = 1
    for (const type of 'aabxb') matcher.process(key, { type }, at++)
    const again = restoredFrom<Event>(JSON.parse(JSON.stringify(snapshotOf(key))), matcher)
    expect(snapshotOf(again)).toEqual(snapshotOf(key))
    const end = { type: 'z' }
    const expected = matcher.process(key, end, at).matches.map(({ last }) => matcher.match(last))
    expect(expected.length).toBeGreaterThan(0)
    expect(matcher.process(again, end, at).matches.map(({ last }) => matcher.match(last))).toEqual(expected)
  })

  it('keeps the deadlines of waits between events', () => {
    const matcher = matcherOf(pattern<Event>().begin('a', is('a')).next('b').within(5, 'previousToCurrent'))
    const key = matcher.start()
    matcher.process(key, { type: 'a' }, 7)
    expect(matcher.nextDeadline(restoredFrom(snapshotOf(key), matcher))).toBe(12)
  })
})
