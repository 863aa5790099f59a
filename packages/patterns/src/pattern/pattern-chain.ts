/**
 * The builder at run time: each call gives a new chain with one element more, or with the last element changed. What a
 * chain may be called with is said by the types in `chain-types.ts`; this class only refuses what would otherwise be lost
 * in the data (a quantifier given twice), the rest is refused when the pattern is compiled.
 */

import { type Duration, durationMs } from 'millrace'
import {
  ALWAYS,
  and,
  type Condition,
  type Contiguity,
  type Element,
  ONCE,
  or,
  type PatternDefinition,
  type Quantifier,
} from './definition.ts'
import { PatternError } from './pattern-error.ts'

type Test = (event: never, match: never) => boolean

type Select = (event: never) => unknown

interface Defined {
  readonly definition: PatternDefinition
}

/** Longest wait for each of the repeats that must come. */
export interface RepeatOptions {
  readonly gap?: Duration
}

export class PatternChain {
  /** The pattern as plain, frozen data. */
  readonly definition: PatternDefinition

  constructor(elements: readonly Element[]) {
    this.definition = Object.freeze({ elements: Object.freeze(elements) })
  }

  begin(target: string | Defined, condition?: Test): PatternChain {
    return this.#append('begin', target, condition)
  }

  next(target: string | Defined, condition?: Test): PatternChain {
    return this.#append('next', target, condition)
  }

  followedBy(target: string | Defined, condition?: Test): PatternChain {
    return this.#append('followedBy', target, condition)
  }

  followedByAny(target: string | Defined, condition?: Test): PatternChain {
    return this.#append('followedByAny', target, condition)
  }

  notNext(name: string, condition?: Test): PatternChain {
    return this.#append('notNext', name, condition)
  }

  notFollowedBy(name: string, condition?: Test): PatternChain {
    return this.#append('notFollowedBy', name, condition)
  }

  absent(name: string, ...more: [duration: Duration] | [condition: Test, duration: Duration]): PatternChain {
    const [condition, duration] = more.length === 1 ? [undefined, more[0]] : more
    const absentMs = durationMs(duration)
    return this.#append('absent', name, condition).#change((last) => ({ ...last, absentMs }))
  }

  where(condition: Test): PatternChain {
    return this.#restrict((where) => (where === ALWAYS ? tested(condition) : and(where, tested(condition))))
  }

  or(condition: Test): PatternChain {
    return this.#restrict((where) => (where === ALWAYS ? tested(condition) : or(where, tested(condition))))
  }

  distinct(select: Select): PatternChain {
    return this.#change((last) => {
      if (last.distinct !== undefined) throw this.#refusal('distinct() is given twice')
      const distinct = unlikeBound(last.name ?? '', select)
      return { ...last, where: and(last.where, distinct), undistinct: last.where, distinct }
    })
  }

  times(from: number, to?: number | RepeatOptions, options?: RepeatOptions): PatternChain {
    const most = typeof to === 'number' ? to : from
    // times(0) would be once or not at all; times(0, n) says so.
    if (typeof to !== 'number' && from === 0)
      throw this.#refusal('times(0) is no repeat: use times(0, n) or optional()')
    return this.#repeat({ kind: 'times', from, to: most }, typeof to === 'object' ? to : options)
  }

  oneOrMore(options?: RepeatOptions): PatternChain {
    return this.#repeat({ kind: 'loop', from: 1, to: 1 }, options)
  }

  timesOrMore(from: number, options?: RepeatOptions): PatternChain {
    return this.#repeat({ kind: 'loop', from, to: from }, options)
  }

  consecutive(): PatternChain {
    return this.#inner('strict')
  }

  allowCombinations(): PatternChain {
    return this.#inner('any')
  }

  greedy(): PatternChain {
    return this.#quantify(() => ({ greedy: true }))
  }

  optional(): PatternChain {
    return this.#quantify((quantifier) => {
      if (quantifier.optional) throw this.#refusal('optional() is given twice')
      return { optional: true }
    })
  }

  until(condition: Test): PatternChain {
    return this.#quantify((quantifier) => {
      if (quantifier.until !== undefined) throw this.#refusal('until() is given twice')
      return { until: tested(condition) }
    })
  }

  within(duration: Duration, kind: 'wholeMatch' | 'previousToCurrent' = 'wholeMatch'): PatternChain {
    const ms = durationMs(duration)
    return this.#change((last) =>
      kind === 'wholeMatch' ? { ...last, withinMs: ms } : { ...last, withinPreviousMs: ms },
    )
  }

  #append(contiguity: Contiguity, target: string | Defined, condition: Test | undefined): PatternChain {
    const begins = contiguity === 'begin'
    const { elements } = this.definition
    if (begins !== (elements.length === 0)) throw new PatternError(['the first element, and only it, is begin()'])
    const where = condition === undefined ? ALWAYS : tested(condition)
    const element: Element =
      typeof target === 'string'
        ? { name: target, contiguity, where, quantifier: ONCE }
        : { group: target.definition.elements, contiguity, where: ALWAYS, quantifier: ONCE }
    return new PatternChain([...elements, Object.freeze(element)])
  }

  #repeat(repeats: Pick<Quantifier, 'kind' | 'from' | 'to'>, options: RepeatOptions | undefined): PatternChain {
    return this.#quantify((quantifier) => {
      if (quantifier.kind !== 'one') throw this.#refusal('how often it repeats is given twice')
      return { ...repeats, ...(options?.gap === undefined ? {} : { gapMs: durationMs(options.gap) }) }
    })
  }

  #inner(inner: 'strict' | 'any'): PatternChain {
    return this.#quantify((quantifier) => {
      if (quantifier.inner !== 'relaxed') throw this.#refusal('one consecutive() or one allowCombinations(), not two')
      return { inner }
    })
  }

  /** Changes the condition of the last element; that of `distinct` stays last. */
  #restrict(change: (where: Condition) => Condition): PatternChain {
    return this.#change((last) => {
      const { distinct } = last
      const where = change(last.undistinct ?? last.where)
      return distinct === undefined ? { ...last, where } : { ...last, where: and(where, distinct), undistinct: where }
    })
  }

  #quantify(change: (quantifier: Quantifier) => Partial<Quantifier>): PatternChain {
    return this.#change((last) => ({
      ...last,
      quantifier: Object.freeze({ ...last.quantifier, ...change(last.quantifier) }),
    }))
  }

  #change(change: (last: Element) => Element): PatternChain {
    const { elements } = this.definition
    const last = elements.at(-1)
    if (last === undefined) throw new PatternError(['a pattern starts with begin()'])
    return new PatternChain([...elements.slice(0, -1), Object.freeze(change(last))])
  }

  #refusal(problem: string): PatternError {
    return new PatternError([`${this.definition.elements.at(-1)?.name ?? 'a group'}: ${problem}`])
  }
}

/** That an event's value is none of those of the events that the loop has bound. */
function unlikeBound(name: string, select: Select): Condition {
  const of = select as (event: unknown) => unknown
  const test = (event: unknown, match: Readonly<Record<string, readonly unknown[]>>): boolean => {
    const bound = match[name] ?? []
    return bound.length === 0 || !new Set(bound.map(of)).has(of(event))
  }
  return Object.freeze({ kind: 'test', test, usesMatch: true, label: `distinct ${labelOf(select)}` })
}

/** A user's function as a condition. It reads the match if it declares a second parameter. */
function tested(test: Test): Condition {
  return Object.freeze({ kind: 'test', test, usesMatch: test.length > 1, label: labelOf(test) })
}

function labelOf(from: Test | Select): string {
  return from.name === '' ? from.toString().replace(/\s+/g, ' ').slice(0, 80) : from.name
}
