/**
 * Compares what came out with what Kafka Streams made of a case, in FORMAT.md's tiers: 1 outputs, peeks, errors; 2 stores;
 * 3 internal topics and describe; 4 bytes. Says the first difference, or nothing.
 */

import type { Expectation } from './case.ts'
import { canonical, type Json } from './values.ts'

export interface Difference {
  readonly tier: number
  readonly what: string
}

export function firstDifference(expected: Expectation, actual: Expectation, tier: number): Difference | undefined {
  for (let level = 1; level <= tier; level++) {
    for (const compare of TIERS[level - 1]) {
      const what = compare(expected, actual)
      if (what !== undefined) return { tier: level, what }
    }
  }
  return undefined
}

type Compare = (expected: Expectation, actual: Expectation) => string | undefined

const TIERS: readonly (readonly Compare[])[] = [
  [
    (expected, actual) => errors(expected.error, actual.error),
    (expected, actual) =>
      expected.outputs === undefined ? undefined : lists('outputs', expected.outputs, actual.outputs),
    (expected, actual) => (expected.peeks === undefined ? undefined : lists('peeks', expected.peeks, actual.peeks)),
  ],
  [(expected, actual) => (expected.stores === undefined ? undefined : stores(expected.stores, actual.stores ?? {}))],
  [
    (expected, actual) =>
      expected.describe === undefined ? undefined : equal('describe', expected.describe, actual.describe ?? null),
    (expected, actual) =>
      expected.internalTopics === undefined
        ? undefined
        : equal('internalTopics', expected.internalTopics, actual.internalTopics ?? null),
  ],
  [
    (expected, actual) =>
      expected.internal === undefined ? undefined : lists('internal', expected.internal, actual.internal),
  ],
]

function equal(what: string, expected: Json | undefined, actual: Json | undefined): string | undefined {
  const left = shown(expected)
  const right = shown(actual)
  if (left === right) return undefined
  let at = 0
  while (left[at] === right[at]) at++
  const from = Math.max(0, at - 60)
  return `${what}: expected …${left.slice(from, at + 120)}… got …${right.slice(from, at + 120)}…`
}

function errors(expected: Expectation['error'], actual: Expectation['error']): string | undefined {
  const brief = (error: Expectation['error']): string =>
    error === undefined ? 'no error' : `${error.type} at ${error.stage}`
  if (brief(expected) === brief(actual)) return undefined
  return `error: expected ${brief(expected)} got ${brief(actual)}${actual?.message === undefined ? '' : ` (${actual.message})`}`
}

function shown(value: Json | undefined): string {
  return value === undefined ? 'nothing' : canonical(value)
}

function lists(
  what: string,
  expected: Readonly<Record<string, readonly Json[]>>,
  actual: Readonly<Record<string, readonly Json[]>> = {},
): string | undefined {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const left = expected[name] ?? []
    const right = actual[name] ?? []
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      if (shown(left[i]) === shown(right[i])) continue
      return `${what} ${name}[${i}]: expected ${shown(left[i])} got ${shown(right[i])} (${left.length} and ${right.length} records)`
    }
  }
  return undefined
}

function stores(
  expected: NonNullable<Expectation['stores']>,
  actual: NonNullable<Expectation['stores']>,
): string | undefined {
  for (const [name, { kind, entries }] of Object.entries(expected)) {
    const sorted = kind === 'window' || kind === 'session'
    const order = (list: readonly Json[]): string[] => {
      const texts = list.map(shown)
      return sorted ? texts.sort() : texts
    }
    const left = order(entries)
    const right = order(actual[name]?.entries ?? [])
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      if (left[i] !== right[i])
        return `store ${name}[${i}]: expected ${left[i] ?? 'nothing'} got ${right[i] ?? 'nothing'}`
    }
  }
  return undefined
}
