/**
 * Compares what came out with the model, key by key; each difference is a line.
 */

import type { Expectation, LoggedRecord } from './topology-case.ts'
import { push } from './topology-case.ts'

export function verdict(expected: Expectation, output: readonly LoggedRecord[], exactlyOnce: boolean): string[] {
  const actual = new Map<string, string[]>()
  for (const { key, value } of output) push(actual, key, JSON.stringify(value))
  const problems: string[] = []
  for (const [key, results] of expected.results) {
    const wanted = results.map((result) => JSON.stringify(result))
    const got = actual.get(key) ?? []
    const problem = exactlyOnce ? exact(expected.compare, wanted, got) : atLeast(expected, key, wanted, got)
    if (problem !== undefined) problems.push(`key ${key}: ${problem}`)
  }
  if (exactlyOnce && expected.compare !== 'latest') {
    for (const key of actual.keys()) if (!expected.results.has(key)) problems.push(`key ${key} should not be there`)
  }
  return problems
}

function exact(compare: Expectation['compare'], wanted: string[], got: string[]): string | undefined {
  if (compare === 'latest') {
    // A deletion may or may not be told of a key that never was there.
    const last = got.at(-1) ?? 'null'
    return last === wanted[0] ? undefined : `ends with ${last} instead of ${wanted[0]}`
  }
  const left = compare === 'bag' ? [...wanted].sort() : wanted
  const right = compare === 'bag' ? [...got].sort() : got
  const at = left.findIndex((value, index) => value !== right[index])
  if (at >= 0)
    return `result ${at} is ${right[at] ?? 'missing'} instead of ${left[at]} (${got.length} of ${wanted.length})`
  return left.length === right.length
    ? undefined
    : `${right.length - left.length} results too many, the first ${right[left.length]}`
}

function atLeast(
  { atLeastOnce: how, results, mayKeep }: Expectation,
  key: string,
  wanted: string[],
  got: string[],
): string | undefined {
  const last = got.at(-1) ?? 'null'
  if (how === 'latest') {
    const allowed = [wanted.at(-1), ...(mayKeep?.get(key) ?? []).map((result) => JSON.stringify(result))]
    return allowed.includes(last) ? undefined : `ends with ${last} instead of ${wanted.at(-1)}`
  }
  if (how === 'all') {
    const seen = new Set(got)
    const missing = wanted.find((value) => !seen.has(value))
    return missing === undefined ? undefined : `${missing} is missing`
  }
  if (how === 'reaches') {
    const reached = size(JSON.parse(last))
    const least = size(results.get(key)?.at(-1))
    return reached >= least ? undefined : `ends with ${reached}, below ${least}`
  }
  return undefined
}

function size(value: unknown): number {
  if (typeof value === 'number') return value
  return typeof value === 'object' && value !== null && 'n' in value ? (value.n as number) : 0
}
