import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type MatcherOptions, matcherOf } from './match/pattern-matcher.ts'
import type { Pattern } from './pattern/chain-types.ts'
import { pattern } from './pattern/pattern.ts'

const is = (type: string) => (event: string) => event[0] === type
const a = pattern<string>().begin('a', is('a'))
const loop = a.followedBy('b', is('b')).oneOrMore()
const skipped = pattern<string>().begin('b', is('b')).oneOrMore().followedBy('c', is('c'))

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
  none: [skipped],
  toNext: [skipped, { skip: 'toNext' }],
  pastLastEvent: [skipped, { skip: 'pastLastEvent' }],
  'toLast b': [skipped, { skip: { toLast: 'b' } }],
}

function matches([of, options]: Row, events: string): string {
  const matcher = matcherOf(of, options)
  const key = matcher.start()
  const found = events.split(' ').flatMap((event, i) => matcher.process(key, event, i + 1).matches)
  return (
    found
      .map(({ last }) =>
        Object.values(matcher.match(last) as object)
          .flat()
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
  .filter(([, , events]) => events !== 'events')

describe('the tables of docs/patterns.md', () => {
  it('are about every pattern that is known here', () => {
    expect(rows.map(([, name]) => name).sort()).toEqual(Object.keys(ROWS).sort())
  })

  it.each(
    rows.map(([, name, events, expected]) => [name, events, expected]),
  )('%s over %s: %s', (name, events, expected) => {
    expect(matches(ROWS[name], events)).toBe(expected)
  })
})
