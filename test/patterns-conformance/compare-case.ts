/** Compares what a case gave with what it should, order included, and says where they first differ. */

import type { CaseExpectation } from './case-format.ts'

/** The first difference as one line; undefined: none. */
export function firstDifference(expected: CaseExpectation, actual: CaseExpectation): string | undefined {
  if (expected.rejected || actual.rejected) {
    if (expected.rejected && actual.rejected) return undefined
    return expected.rejected ? `was to be rejected: ${expected.reason}` : `was rejected: ${actual.reason}`
  }
  for (const part of ['matches', 'timeouts', 'late'] as const) {
    const difference = listDifference(part, expected[part] ?? [], actual[part] ?? [])
    if (difference !== undefined) return difference
  }
  for (const part of ['error', 'held'] as const) {
    const [want, got] = [canonical(expected[part]), canonical(actual[part])]
    if (want !== got) return `${part}: expected ${want}, got ${got}`
  }
  return undefined
}

function listDifference(part: string, expected: readonly unknown[], actual: readonly unknown[]): string | undefined {
  for (let i = 0; i < Math.max(expected.length, actual.length); i++) {
    const [want, got] = [canonical(expected[i]), canonical(actual[i])]
    if (want !== got) return `${part}[${i}]: expected ${want}, got ${got}`
  }
  return undefined
}

/** JSON with the keys in order, for an object's keys have none. */
function canonical(value: unknown): string {
  if (value === undefined) return 'nothing'
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
