import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PriorityQueue } from './priority-queue.ts'

/** What Java 17 did: operation, its argument or result, and the ids in the order of the array afterwards. */
type Step = readonly [operation: 'offer' | 'poll' | 'remove' | 'removeIf', operand: number, array: readonly number[]]
const runs: readonly (readonly Step[])[] = JSON.parse(
  readFileSync(new URL('fixtures/java-priority-queue.json', import.meta.url), 'utf8'),
)

interface Item {
  readonly rank: number
  readonly id: number
}

describe('PriorityQueue', () => {
  it.each(
    runs.map((run, index) => [index, run] as const),
  )('does what java.util.PriorityQueue did, run %i', (_, run) => {
    const queue = new PriorityQueue<Item>((a, b) => a.rank - b.rank)
    const items: Item[] = []
    for (const [operation, operand, array] of run) {
      if (operation === 'offer') {
        const item = { rank: operand, id: items.length }
        items.push(item)
        queue.offer(item)
      } else if (operation === 'poll') expect(queue.poll()?.id).toBe(operand)
      else if (operation === 'remove') expect(queue.remove(items[operand])).toBe(true)
      else queue.removeIf((item) => item.id % operand === 0)
      expect([...queue].map((item) => item.id)).toEqual(array)
      expect(queue.peek()?.id).toBe(array[0])
    }
  })

  it('offers what it is given at first one by one, as addAll does', () => {
    expect([...new PriorityQueue<number>((a, b) => a - b, [3, 2, 1])]).toEqual([1, 3, 2])
  })
})
