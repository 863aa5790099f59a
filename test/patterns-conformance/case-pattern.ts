/**
 * Builds the pattern of a case with the real builder, call by call in the order FORMAT.md fixes. The builder's types
 * cannot follow a pattern known only at run time, so it is driven through a loose view of itself.
 */

import { type PatternDefinition, pattern, type SkipStrategy } from '@millrace/patterns'
import { type CaseTest, caseTest } from './case-condition.ts'
import type { CaseElement, CaseEvent, CasePattern, CaseQuantifier, CaseSkip, CaseWithin } from './case-format.ts'

interface LooseChain {
  readonly definition: PatternDefinition
  begin(target: string | LooseChain, test?: CaseTest): LooseChain
  next(target: string | LooseChain, test?: CaseTest): LooseChain
  followedBy(target: string | LooseChain, test?: CaseTest): LooseChain
  followedByAny(target: string | LooseChain, test?: CaseTest): LooseChain
  notNext(target: string | LooseChain, test?: CaseTest): LooseChain
  notFollowedBy(target: string | LooseChain, test?: CaseTest): LooseChain
  times(from: number, to: number, options?: { gap?: number }): LooseChain
  oneOrMore(options?: { gap?: number }): LooseChain
  timesOrMore(from: number, options?: { gap?: number }): LooseChain
  consecutive(): LooseChain
  allowCombinations(): LooseChain
  greedy(): LooseChain
  optional(): LooseChain
  until(test: CaseTest): LooseChain
  within(ms: number, kind?: CaseWithin['kind']): LooseChain
}

export function casePattern(json: CasePattern): { definition: PatternDefinition; skip: SkipStrategy } {
  let chain = sequence(json.elements)
  if (json.withinMs !== undefined) chain = chain.within(json.withinMs)
  return { definition: chain.definition, skip: caseSkip(json.skip) }
}

function sequence(elements: readonly CaseElement[]): LooseChain {
  let chain = pattern<CaseEvent>() as unknown as LooseChain
  for (const element of elements) {
    const target = element.group === undefined ? (element.name as string) : sequence(element.group)
    chain = chain[element.contiguity](target, element.where === undefined ? undefined : caseTest(element.where))
    if (element.quantifier !== undefined) chain = quantified(chain, element.quantifier)
    for (const within of [element.within ?? []].flat() as CaseWithin[]) chain = chain.within(within.ms, within.kind)
  }
  return chain
}

function quantified(before: LooseChain, quantifier: CaseQuantifier): LooseChain {
  const options = quantifier.gapMs === undefined ? {} : { gap: quantifier.gapMs }
  let chain = before
  if (quantifier.oneOrMore) chain = chain.oneOrMore(options)
  if (quantifier.timesOrMore !== undefined) chain = chain.timesOrMore(quantifier.timesOrMore, options)
  if (quantifier.times !== undefined) chain = chain.times(quantifier.times[0], quantifier.times[1], options)
  if (quantifier.consecutive) chain = chain.consecutive()
  if (quantifier.allowCombinations) chain = chain.allowCombinations()
  if (quantifier.greedy) chain = chain.greedy()
  if (quantifier.optional) chain = chain.optional()
  if (quantifier.until !== undefined) chain = chain.until(caseTest(quantifier.until))
  return chain
}

function caseSkip(skip: CaseSkip | undefined): SkipStrategy {
  const throwOnMiss = skip?.throwOnMiss ?? false
  switch (skip?.strategy) {
    case 'skipToNext':
      return 'toNext'
    case 'skipPastLastEvent':
      return 'pastLastEvent'
    case 'skipToFirst':
      return { toFirst: skip.name as string, throwOnMiss }
    case 'skipToLast':
      return { toLast: skip.name as string, throwOnMiss }
    default:
      return 'none'
  }
}
