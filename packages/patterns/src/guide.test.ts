import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type MatcherOptions, matcherOf } from './match/pattern-matcher.ts'
import type { Pattern } from './pattern/chain-types.ts'
import { allOf, anyOf } from './pattern/choice.ts'
import { pattern } from './pattern/pattern.ts'

const is = (type: string) => (event: string) => event[0] === type
const a = pattern<string>().begin('a', is('a'))
const loop = a.followedBy('b', is('b')).oneOrMore()
const skipped = pattern<string>().begin('b', is('b')).oneOrMore().followedBy('c', is('c'))

const b = pattern<string>().begin('b', is('b'))
const c = pattern<string>().begin('c', is('c'))

type Row = readonly [Pattern<string, unknown>, MatcherOptions?]

/** What the first column of the guide's tables stands for. */
const ROWS: Record<string, Row> = {
  'a next b': [a.next('b', is('b'))],
  'a followedBy b': [a.followedBy('b', is('b'))],
  'a followedByAny b': [a.followedByAny('b', is('b'))],
  'a followedBy b+ followedBy c': [loop.followedBy('c', is('c'))],
  'a followedBy b+ consecutive followedBy c': [loop.consecutive().followedBy('c', is('c'))],
  'a followedBy b+ allowCombinations followedBy c': [loop.allowCombinations().followedBy('c', is('c'))],
  'a notFollowedBy x followedBy b': [a.notFollowedBy('x', is('x')).followedBy('b', is('b'))],
  'a notNext x followedBy b': [a.notNext('x', is('x')).followedBy('b', is('b'))],
  'a absent x for 3 ms, followedBy b': [a.absent('x', is('x'), 3).followedBy('b', is('b'))],
  'a absent x for 3 ms': [a.absent('x', is('x'), 3)],
  'a followedBy anyOf(b, c)': [a.followedBy(anyOf(b, c))],
  'a followedBy allOf(b, c)': [a.followedBy(allOf(b, c))],
  'b times 2 distinct number': [b.times(2).distinct((event) => event[1])],
  none: [skipped],
  toNext: [skipped, { skip: 'toNext' }],
  pastLastEvent: [skipped, { skip: 'pastLastEvent' }],
  'toLast b': [skipped, { skip: { toLast: 'b' } }],
}

function matches([of, options]: Row, events: string): string {
  const matcher = matcherOf(of, options)
  const key = matcher.start()
  // One event a millisecond, then silence.
  const found = events
    .split(' ')
    .flatMap((event, i) => [...matcher.advance(key, i + 1).matches, ...matcher.process(key, event, i + 1).matches])
  found.push(...matcher.advance(key, 1000).matches)
  return (
    found
      .map(({ last }) =>
        Object.values(matcher.match(last) as object)
          .flat()
          .filter((event) => event !== undefined)
          .join(' '),
      )
      .join('; ') || 'none'
  )
}

const guide = readFileSync(new URL('../../../docs/patterns.md', import.meta.url), 'utf8')
const rows = guide
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter(([, name]) => name !== 'pattern' && name !== 'skip')

describe('the tables of docs/patterns.md', () => {
  it('are about every pattern that is known here', () => {
    expect([...new Set(rows.map(([, name]) => name))].sort()).toEqual(Object.keys(ROWS).sort())
  })

  it.each(
    rows.map(([, name, events, expected]) => [name, events, expected]),
  )('%s over %s: %s', (name, events, expected) => {
    expect(matches(ROWS[name], events)).toBe(expected)
  })
})
