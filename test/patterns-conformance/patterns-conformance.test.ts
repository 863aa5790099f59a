import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCases } from './case-files.ts'
import { firstDifference } from './compare-case.ts'
import { runCase } from './run-case.ts'

const cases = [...readCases(join(import.meta.dirname, 'cases'))]

describe('Flink CEP, case by case', () => {
  it('has them all', () => {
    expect(cases).toHaveLength(472)
  })

  it('gives the same matches, time-outs and late events in the same order', () => {
    const failures = cases.flatMap((one) => {
      const difference = firstDifference(one.expect, runCase(one))
      return difference === undefined ? [] : [`${one.name}: ${difference}`]
    })
    expect(failures).toEqual([])
  })

  it('gives the same if all state is stored and restored between any two inputs', () => {
    const failures = cases.flatMap((one) => {
      const difference = firstDifference(one.expect, runCase(one, true))
      return difference === undefined ? [] : [`${one.name}: ${difference}`]
    })
    expect(failures).toEqual([])
  })
})
