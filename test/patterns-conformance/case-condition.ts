/**
 * The catalogue of conditions of the pattern cases as functions of Millrace: with a second parameter only where the
 * condition reads the match, since that is how Millrace tells.
 */

import type { CaseAggregate, CaseCondition, CaseEvent } from './case-format.ts'

/** What the run has bound: an event, a list, or nothing. */
export type CaseMatch = Readonly<Record<string, CaseEvent | readonly CaseEvent[] | undefined>>

export type CaseTest = (event: CaseEvent, match: CaseMatch) => boolean

const COMPARE: Record<string, (left: number, right: number) => boolean> = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
}

export function caseTest(condition: CaseCondition): CaseTest {
  const test = compileCondition(condition)
  // One declared parameter: Millrace then knows that the match is not read, and shares the result between runs.
  const caseTest: CaseTest = readsMatch(condition) ? (event, match) => test(event, match) : (event) => test(event, {})
  // The name shows in what Millrace explains.
  return Object.defineProperty(caseTest, 'name', { value: JSON.stringify(condition) })
}

/** The events bound to a name, whatever the shape of its field. */
export function boundTo(match: CaseMatch, name: string): readonly CaseEvent[] {
  const field = match[name]
  if (field === undefined) return []
  return Array.isArray(field) ? field : [field as CaseEvent]
}

function readsMatch(condition: CaseCondition): boolean {
  const { value, and, or, not } = condition
  if (condition.count !== undefined || condition.sum !== undefined) return true
  if (value !== undefined) return typeof Object.values(value)[0] !== 'number'
  if (not !== undefined) return readsMatch(not)
  return [...(and ?? []), ...(or ?? [])].some(readsMatch)
}

function compileCondition(condition: CaseCondition): CaseTest {
  const { type, value, count, sum, and, or, not } = condition
  if (condition.any === true) return () => true
  if (type !== undefined) return (event) => event.type === type
  if (value !== undefined) return valueTest(value)
  if (count !== undefined) return aggregateTest(count, (events) => events.length)
  if (sum !== undefined) return aggregateTest(sum, (events) => events.reduce((total, event) => total + event.value, 0))
  if (not !== undefined) {
    const inner = compileCondition(not)
    return (event, match) => !inner(event, match)
  }
  const parts = (and ?? or ?? []).map(compileCondition)
  if (and !== undefined) return (event, match) => parts.every((part) => part(event, match))
  if (or !== undefined) return (event, match) => parts.some((part) => part(event, match))
  throw new Error(`an unknown condition: ${JSON.stringify(condition)}`)
}

function valueTest(value: NonNullable<CaseCondition['value']>): CaseTest {
  const [op, right] = Object.entries(value)[0]
  const compare = COMPARE[op]
  if (typeof right === 'number') return (event) => compare(event.value, right)
  const name = (right.last ?? right.first) as string
  const index = right.last === undefined ? 0 : -1
  return (event, match) => {
    const bound = boundTo(match, name).at(index)
    return bound === undefined || compare(event.value, bound.value)
  }
}

function aggregateTest(aggregate: CaseAggregate, of: (events: readonly CaseEvent[]) => number): CaseTest {
  const op = Object.keys(aggregate).find((key) => key !== 'of') as string
  const constant = aggregate[op] as number
  return (_event, match) => COMPARE[op](of(boundTo(match, aggregate.of)), constant)
}
