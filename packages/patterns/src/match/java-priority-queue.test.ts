import { describe, expect, it } from 'vitest'
import { JavaPriorityQueue } from './java-priority-queue.ts'

interface Item {
  readonly rank: number
  readonly id: string
}

function queueOf(...ids: readonly string[]): JavaPriorityQueue<Item> {
  const queue = new JavaPriorityQueue<Item>((a, b) => a.rank - b.rank)
  for (const id of ids) queue.offer({ rank: Number(id[0]), id })
  return queue
}

const idsIn = (queue: JavaPriorityQueue<Item>): string[] => queue.items.map(({ id }) => id)

function drained(queue: JavaPriorityQueue<Item>): string[] {
  const ids: string[] = []
  for (let item = queue.poll(); item !== undefined; item = queue.poll()) ids.push(item.id)
  return ids
}

// The expected arrays are those of java.util.PriorityQueue (Java 17) for the same calls.
describe('JavaPriorityQueue', () => {
  it('keeps the order of offers among equals in the array, but not when polled', () => {
    expect(idsIn(queueOf('1a', '1b', '1c', '1d', '1e'))).toEqual(['1a', '1b', '1c', '1d', '1e'])
    expect(drained(queueOf('1a', '1b', '1c', '1d', '1e'))).toEqual(['1a', '1e', '1d', '1c', '1b'])
  })

  it('sifts up past what is greater only', () => {
    expect(idsIn(queueOf('5a', '3a', '4a', '1a', '3b', '2a'))).toEqual(['1a', '3a', '2a', '5a', '3b', '4a'])
  })

  it('removes in array order and makes the heap anew', () => {
    const queue = queueOf('1a', '3a', '2a', '5a', '4a', '2b', '6a')
    queue.removeIf(({ rank }) => rank === 1 || rank === 3)
    expect(idsIn(queue)).toEqual(['2a', '2b', '4a', '5a', '6a'])
    expect(drained(queue)).toEqual(['2a', '2b', '4a', '5a', '6a'])
  })

  it('leaves the array alone if nothing is removed', () => {
    const queue = queueOf('1a', '2a', '1b')
    queue.removeIf(() => false)
    expect(idsIn(queue)).toEqual(['1a', '2a', '1b'])
    expect(queue.peek()?.id).toBe('1a')
    expect(queue.size).toBe(3)
  })

  it('is empty after the last', () => {
    const queue = queueOf('1a')
    expect(queue.poll()?.id).toBe('1a')
    expect(queue.poll()).toBeUndefined()
    expect(queue.peek()).toBeUndefined()
  })
})
