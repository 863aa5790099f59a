/** A pattern case as it stands in a file; `../shared/patterns/FORMAT.md` says what the fields mean. */

export interface CaseCondition {
  readonly any?: true
  readonly type?: string
  readonly value?: Record<string, number | { readonly last?: string; readonly first?: string }>
  readonly count?: CaseAggregate
  readonly sum?: CaseAggregate
  readonly and?: readonly CaseCondition[]
  readonly or?: readonly CaseCondition[]
  readonly not?: CaseCondition
}

export type CaseAggregate = { readonly of: string } & Record<string, number | string>

export interface CaseQuantifier {
  readonly times?: readonly [number, number]
  readonly oneOrMore?: true
  readonly timesOrMore?: number
  readonly consecutive?: true
  readonly allowCombinations?: true
  readonly greedy?: true
  readonly optional?: true
  readonly until?: CaseCondition
  readonly gapMs?: number
}

export interface CaseWithin {
  readonly ms: number
  readonly kind?: 'wholeMatch' | 'previousToCurrent'
}

export interface CaseElement {
  readonly name?: string
  readonly contiguity: 'begin' | 'next' | 'followedBy' | 'followedByAny' | 'notNext' | 'notFollowedBy'
  readonly where?: CaseCondition
  readonly quantifier?: CaseQuantifier
  readonly within?: CaseWithin | readonly CaseWithin[]
  readonly group?: readonly CaseElement[]
}

export interface CaseSkip {
  readonly strategy: 'noSkip' | 'skipToNext' | 'skipPastLastEvent' | 'skipToFirst' | 'skipToLast'
  readonly name?: string
  readonly throwOnMiss?: true
}

export interface CasePattern {
  readonly elements: readonly CaseElement[]
  readonly withinMs?: number
  readonly skip?: CaseSkip
}

export interface CaseEvent {
  readonly id: string
  readonly key?: string
  readonly type: string
  readonly value: number
  readonly timestamp: number
}

export interface CaseWatermark {
  readonly watermark: number
}

export interface CaseOutput {
  readonly at: number
  readonly key?: string
  readonly timestamp: number
  readonly events: Readonly<Record<string, readonly string[]>>
}

export interface CaseExpectation {
  readonly matches?: readonly CaseOutput[]
  readonly timeouts?: readonly CaseOutput[]
  readonly late?: readonly string[]
  readonly held?: number
  readonly error?: { readonly kind: string; readonly at: number }
  readonly rejected?: true
  readonly reason?: string
}

export interface PatternCase {
  readonly name: string
  readonly pattern: CasePattern
  readonly events: readonly (CaseEvent | CaseWatermark)[]
  readonly expect: CaseExpectation
}
