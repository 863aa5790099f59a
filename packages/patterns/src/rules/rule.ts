/**
 * A rule: a pattern as JSON, and how it becomes one. Conditions compare fields of the event with constants or with what the
 * match has bound, or name a predicate that the program brings, with parameters.
 */

import { type Duration, durationMs } from 'millrace'
import type { MatcherOptions } from '../match/pattern-matcher.ts'
import { chosen } from '../pattern/choice.ts'
import { PatternChain } from '../pattern/pattern-chain.ts'
import { PatternError } from '../pattern/pattern-error.ts'
import type { SkipStrategy } from '../pattern/skip-strategy.ts'

type Scalar = string | number | boolean | null

/** A constant, or a field of what is bound already: `{ match: 'small.amount', times: 500 }`. */
export type RuleOperand = Scalar | { readonly match: string; readonly times?: number }

/** What an event has to fulfil. `field` is a path, `address.city`; all comparisons given must hold. */
export type RuleCondition =
  | { readonly all: readonly RuleCondition[] }
  | { readonly any: readonly RuleCondition[] }
  | { readonly not: RuleCondition }
  | { readonly predicate: string; readonly with?: unknown }
  | {
      readonly field: string
      readonly is?: RuleOperand
      readonly isNot?: RuleOperand
      readonly in?: readonly Scalar[]
      readonly above?: RuleOperand
      readonly atLeast?: RuleOperand
      readonly below?: RuleOperand
      readonly atMost?: RuleOperand
    }

/** An element by its name, or a choice between sub-patterns. */
export type RuleElement = RuleEvent | RuleChoice

interface RuleRepeats {
  /** Exactly so many, or from and to; `null` as the second: no upper bound. */
  readonly times?: number | readonly [from: number, to: number | null]
  readonly optional?: boolean
}

/** One of the sub-patterns, or all of them in any order. */
export interface RuleChoice extends RuleRepeats {
  readonly anyOf?: readonly (readonly RuleElement[])[]
  readonly allOf?: readonly (readonly RuleElement[])[]
  readonly how?: 'next' | 'followedBy' | 'followedByAny'
}

export interface RuleEvent extends RuleRepeats {
  readonly name: string
  /** How it stands to the one before; the first one begins whatever it says. Default `followedBy`. */
  readonly how?: 'next' | 'followedBy' | 'followedByAny' | 'notNext' | 'notFollowedBy' | 'absent'
  /** Of `absent`: for how long nothing may come that fits. */
  readonly for?: Duration
  /** Default: every event. */
  readonly where?: RuleCondition
  readonly greedy?: boolean
  /** Between repeats nothing may come. */
  readonly consecutive?: boolean
  readonly until?: RuleCondition
  /** Path of a field that no two events of the loop have in common. */
  readonly distinct?: string
}

export interface Rule {
  /** Another version starts fresh, and the old one's partial matches end by themselves. */
  readonly version: number | string
  readonly pattern: readonly RuleElement[]
  /** From the first event of a match to its last. Needed: it is also how long an old version lives on. */
  readonly within: Duration
  readonly skip?: SkipStrategy
  readonly options?: Pick<MatcherOptions, 'semantics' | 'emit' | 'prefer' | 'timeouts' | 'limits'>
}

/** Predicates that rules may name: the event, the rule's parameters, and what the match has bound. */
export type Predicates<E> = Readonly<Record<string, (event: E, parameters: never, match: object) => boolean>>

type Test = (event: unknown, match: object) => boolean

/**
 * The chain of a rule, not compiled yet.
 *
 * @throws PatternError if it is no rule, or names a predicate that is not there; TopologyError if `within` is no duration
 */
export function chainOf<E>(rule: Rule, predicates: Predicates<E>): PatternChain {
  if (!Array.isArray(rule?.pattern) || rule.pattern.length === 0) throw new PatternError(['a rule needs a pattern'])
  if (rule.within === undefined || durationMs(rule.within) === 0) throw new PatternError(['a rule needs within'])
  return sequenceOf(rule.pattern, predicates as Predicates<unknown>).within(rule.within)
}

function sequenceOf(elements: readonly RuleElement[], predicates: Predicates<unknown>): PatternChain {
  let chain = new PatternChain([])
  for (const [i, element] of elements.entries()) {
    if ('anyOf' in element || 'allOf' in element) {
      const { anyOf, allOf, how = 'followedBy' } = element as RuleChoice
      const parts = (anyOf ?? allOf ?? []).map((part) => sequenceOf(part, predicates))
      chain = repeated(chain[i === 0 ? 'begin' : how](chosen(anyOf === undefined ? 'all' : 'any', parts)), element)
    } else chain = withEvent(chain, element as RuleEvent, i === 0, predicates)
  }
  return chain
}

function withEvent(
  chain: PatternChain,
  event: RuleEvent,
  first: boolean,
  predicates: Predicates<unknown>,
): PatternChain {
  const { name, how = 'followedBy', where } = event
  const test = testOf(where ?? { all: [] }, predicates)
  if (!first && how === 'absent') return chain.absent(name, test, event.for ?? 0)
  return quantified(chain[first || how === 'absent' ? 'begin' : how](name, test), event, predicates)
}

function repeated(chain: PatternChain, { times, optional }: RuleRepeats): PatternChain {
  let with_ = chain
  if (typeof times === 'number') with_ = with_.times(times)
  else if (times !== undefined)
    with_ = times[1] === null ? with_.timesOrMore(times[0]) : with_.times(times[0], times[1])
  return optional ? with_.optional() : with_
}

function quantified(chain: PatternChain, element: RuleEvent, predicates: Predicates<unknown>): PatternChain {
  const { times, optional, greedy, consecutive, until, distinct } = element
  let with_ = repeated(chain, times === undefined ? {} : { times })
  if (distinct !== undefined) with_ = with_.distinct(fieldOf(distinct))
  if (consecutive) with_ = with_.consecutive()
  if (greedy) with_ = with_.greedy()
  if (until !== undefined) with_ = with_.until(testOf(until, predicates))
  return optional ? with_.optional() : with_
}

/** A function with two parameters only if it reads the match: one that does not is called once for each event. */
function testOf(condition: RuleCondition, predicates: Predicates<unknown>): Test {
  const test = compiled(condition, predicates)
  const labelled: Test = readsMatch(condition, predicates)
    ? (event, match) => test(event, match)
    : (((event: unknown) => test(event, NOTHING)) as Test)
  Object.defineProperty(labelled, 'name', { value: JSON.stringify(condition) })
  return labelled
}

const NOTHING: object = Object.freeze({})

function readsMatch(condition: RuleCondition, predicates: Predicates<unknown>): boolean {
  if ('all' in condition) return condition.all.some((one) => readsMatch(one, predicates))
  if ('any' in condition) return condition.any.some((one) => readsMatch(one, predicates))
  if ('not' in condition) return readsMatch(condition.not, predicates)
  if ('predicate' in condition) return (predicates[condition.predicate]?.length ?? 0) > 2
  return Object.values(condition).some((operand) => isReference(operand))
}

function isReference(operand: unknown): operand is { readonly match: string; readonly times?: number } {
  return typeof operand === 'object' && operand !== null && 'match' in operand
}

function compiled(condition: RuleCondition, predicates: Predicates<unknown>): Test {
  if ('all' in condition) {
    const tests = condition.all.map((one) => compiled(one, predicates))
    return (event, match) => tests.every((test) => test(event, match))
  }
  if ('any' in condition) {
    const tests = condition.any.map((one) => compiled(one, predicates))
    return (event, match) => tests.some((test) => test(event, match))
  }
  if ('not' in condition) {
    const test = compiled(condition.not, predicates)
    return (event, match) => !test(event, match)
  }
  if ('predicate' in condition) {
    const predicate = Object.hasOwn(predicates, condition.predicate) ? predicates[condition.predicate] : undefined
    if (predicate === undefined) {
      throw new PatternError([
        `there is no predicate ${condition.predicate}, only ${Object.keys(predicates).join(', ') || 'none'}`,
      ])
    }
    return (event, match) => predicate(event, condition.with as never, match)
  }
  if (!('field' in condition)) throw new PatternError([`no condition: ${JSON.stringify(condition)}`])
  return comparison(condition)
}

const COMPARISONS: Record<string, (value: never, operand: never) => boolean> = {
  is: (value, operand) => value === operand,
  isNot: (value, operand) => value !== operand,
  above: (value, operand) => value > operand,
  atLeast: (value, operand) => value >= operand,
  below: (value, operand) => value < operand,
  atMost: (value, operand) => value <= operand,
}

function comparison(condition: Extract<RuleCondition, { field: string }>): Test {
  const { field, in: among, ...operands } = condition
  const path = field.split('.')
  const tests: Test[] = Object.entries(operands).map(([name, operand]) => {
    const compare = COMPARISONS[name]
    if (compare === undefined) throw new PatternError([`${field}: there is no comparison ${name}`])
    return (event, match) => {
      const value = at(event, path)
      const other = isReference(operand) ? bound(match, operand) : operand
      // What is not there is neither above nor below anything.
      const missing = value === undefined || other === undefined
      return (!missing || name === 'is' || name === 'isNot') && compare(value as never, other as never)
    }
  })
  if (among !== undefined) tests.push((event) => (among as readonly unknown[]).includes(at(event, path)))
  return (event, match) => tests.every((test) => test(event, match))
}

/** The value of a field, by its path. */
function fieldOf(field: string): (event: unknown) => unknown {
  const path = field.split('.')
  const value = (event: unknown): unknown => at(event, path)
  Object.defineProperty(value, 'name', { value: field })
  return value
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((of, name) => (of as Record<string, unknown> | null | undefined)?.[name], value)
}

/** Of a loop, its last event's. */
function bound(match: object, { match: path, times }: { readonly match: string; readonly times?: number }): unknown {
  const [name, ...field] = path.split('.')
  const event = (match as Record<string, unknown>)[name]
  const value = at(Array.isArray(event) ? event.at(-1) : event, field)
  return times === undefined ? value : (value as number) * times
}
