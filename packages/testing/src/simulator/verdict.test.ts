import { expect, it } from 'vitest'
import { CASES } from './cases.ts'
import type { LoggedRecord, TopologyCase } from './topology-case.ts'
import { verdict } from './verdict.ts'

const { expect: model } = CASES.find(({ name }) => name === 'foreign-key-join') as TopologyCase

function logged(topic: string, key: string, values: readonly unknown[]): LoggedRecord[] {
  return values.map((value, offset) => ({ topic, key, value, timestamp: 0, partition: 0, offset }))
}

const input = [
  ...logged('products', 'a', [5, 7]),
  ...logged('orders', 'e', [{ product: 'a', amount: 3 }, null]),
  ...logged('orders', 'f', [
    { product: 'a', amount: 3 },
    { product: 'a', amount: 2 },
  ]),
]

const problems = (e: readonly unknown[], f: readonly unknown[], exactlyOnce: boolean): string[] =>
  verdict(model(input), [...logged('out', 'e', e), ...logged('out', 'f', f)], exactlyOnce)

it('foreign-key join: a deleted row may keep a result it had under at least once, and no other one may', () => {
  expect(problems([15, 21, null], [14], true)).toEqual([])
  expect(problems([15, 21], [14], true)).toEqual(['key e: ends with 21 instead of null'])
  expect(problems([15, 21], [14], false)).toEqual([])
  expect(problems([15], [14], false)).toEqual([])
  expect(problems([15, 22], [14], false)).toEqual(['key e: ends with 22 instead of null'])
  expect(problems([null], [14, 21], false)).toEqual(['key f: ends with 21 instead of 14'])
})
