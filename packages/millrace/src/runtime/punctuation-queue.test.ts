import { describe, expect, it } from 'vitest'
import { PunctuationQueue } from './punctuation-queue.ts'

describe('PunctuationQueue', () => {
  it('fires once for a jump over several intervals, and keeps its alignment', () => {
    const queue = new PunctuationQueue()
    const fired: number[] = []
    queue.schedule(0, 10, (timestamp) => fired.push(timestamp))
    for (const now of [3, 9, 10, 47, 49, 50]) queue.punctuate(now)
    expect(fired).toEqual([3, 10, 47, 50])
    expect(queue.nextDue()).toBe(60)
  })

  it('starts an anchored schedule at its first time after now', () => {
    const queue = new PunctuationQueue()
    queue.schedule(5, 10, () => {}, 27)
    expect(queue.nextDue()).toBe(35)
    const later = new PunctuationQueue()
    later.schedule(40, 10, () => {}, 27)
    expect(later.nextDue()).toBe(40)
  })

  it('forgets a cancelled schedule, also from within its own callback', () => {
    const queue = new PunctuationQueue()
    let fired = 0
    const handle = queue.schedule(0, 10, () => {
      fired++
      if (fired === 2) handle.cancel()
    })
    for (const now of [0, 10, 20, 30]) queue.punctuate(now)
    expect(fired).toBe(2)
    expect(queue.nextDue()).toBeUndefined()
  })
})
