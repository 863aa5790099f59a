import { describe, expect, it } from 'vitest'
import type { PatternDefinition } from './definition.ts'
import { growthWarnings } from './growth.ts'
import { pattern } from './pattern.ts'

const warningsOf = (of: { definition: PatternDefinition }): string[] => growthWarnings(of.definition.elements)

describe('growth warnings', () => {
  it('has none for a pattern that cannot wait, or not for ever', () => {
    expect(warningsOf(pattern<string>().begin('a').next('b').notNext('c'))).toEqual([])
    expect(warningsOf(pattern<string>().begin('a').followedBy('b').within('1 min'))).toEqual([])
    expect(warningsOf(pattern<string>().begin('a').followedBy('b').within('1 min', 'previousToCurrent'))).toEqual([])
    expect(warningsOf(pattern<string>().begin('a').oneOrMore().consecutive().next('b'))).toEqual([])
  })

  it('names the element that a run may wait for without end', () => {
    expect(warningsOf(pattern<string>().begin('a').next('b').followedBy('c'))).toEqual([
      'a run that waits for c may wait for ever: add within() to the pattern',
    ])
    expect(warningsOf(pattern<string>().begin('a').times(3))[0]).toContain('waits for a may')
    const group = pattern<string>().begin('g').followedBy('h')
    expect(warningsOf(pattern<string>().begin('a').next(group))[0]).toContain('waits for h may')
  })

  it('tells branching from waiting', () => {
    expect(warningsOf(pattern<string>().begin('a').followedByAny('b'))).toHaveLength(2)
    const combinations = pattern<string>().begin('a').oneOrMore().allowCombinations().next('z').within('1 min')
    expect(warningsOf(combinations)).toEqual([
      'a: allowCombinations makes a run for every subset of the events that fit, 2 to the power of their number: narrow its condition, add until() or limit the runs of a key',
    ])
  })
})
