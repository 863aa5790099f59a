import { describe, expect, it } from 'vitest'
import type { Run } from './run.ts'
import { RunIndex } from './run-index.ts'

const start = (seq: number) => ({ seq, timestamp: seq, value: `e${seq}` })
const runIn = (seq: number, state: number): Run<string> => ({
  state,
  last: { before: undefined, element: 0, event: start(seq), depth: 1 },
})

function indexOf(...states: readonly (readonly number[])[]): RunIndex<string> {
  const index = new RunIndex<string>(4)
  states.forEach((of, seq) => {
    index.add(
      start(seq),
      of.map((state) => runIn(seq, state)),
    )
  })
  return index
}

const starts = (groups: Iterable<{ start: { seq: number } }>): number[] => [...groups].map((group) => group.start.seq)

describe('RunIndex', () => {
  it('finds the groups with a run in any of some states, each once, in the order of their starts', () => {
    const index = indexOf([1], [2], [1, 2], [3])
    expect(starts(index.inStates([2, 1]))).toEqual([0, 1, 2])
    expect(starts(index.inStates([3]))).toEqual([3])
    expect(index.hasRunsIn(0)).toBe(false)
  })

  it('keeps the order when an older start comes later to a state', () => {
    const index = indexOf([1], [2])
    const moving = index.inStates([1])
    index.replace([1], moving, [[runIn(0, 2)]])
    expect(starts(index.inStates([2]))).toEqual([0, 1])
    expect(index.inStates([1])).toEqual([])
  })

  it('lists a group once for the runs it keeps and those that join them', () => {
    const index = indexOf([1, 2])
    const [group] = index.inStates([1])
    index.replace([1], [group], [[runIn(0, 2), runIn(0, 2), runIn(0, 1)]])
    expect(starts(index.inStates([2]))).toEqual([0])
    expect(starts(index.inStates([1]))).toEqual([0])
  })

  it('drops groups from the first on, or in a range, and forgets them', () => {
    const index = indexOf([1], [1], [1], [1], [1])
    index.dropRange(1, 3)
    expect(starts(index.groups())).toEqual([0, 3, 4])
    expect([index.has(0), index.has(1), index.has(3), index.has(9)]).toEqual([true, false, true, false])
    expect(index.dropWhile(({ seq }) => seq < 4).map((group) => group.runs.length)).toEqual([1, 1])
    expect(index.first()?.start.seq).toBe(4)
    expect(index.size).toBe(1)
  })

  it('sweeps what is dead, and finds the rest as before', () => {
    const index = indexOf(...Array.from({ length: 100 }, (_, i) => [1 + (i % 2)]))
    index.dropRange(10, 95)
    expect(index.size).toBe(15)
    expect(starts(index.inStates([2]))).toEqual([1, 3, 5, 7, 9, 95, 97, 99])
    expect(index.has(94)).toBe(false)
    expect(index.has(95)).toBe(true)
    index.add(start(100), [runIn(100, 3)])
    expect(starts(index.groups()).at(-1)).toBe(100)
  })
})
