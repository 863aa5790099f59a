/**
 * Scheduled punctuations of one kind of time, in Kafka Streams' order: a `java.util.PriorityQueue` by due time, so that
 * punctuations due together fire in the same order as there. A jump over several intervals fires once.
 */

import type { Cancellable } from '../processor/processor-context.ts'
import { PriorityQueue } from '../record/priority-queue.ts'

interface Schedule {
  readonly dueMs: number
  readonly intervalMs: number
  readonly run: (timestamp: number) => void
  readonly handle: { cancelled: boolean }
}

function after(schedule: Schedule, now: number): Schedule {
  let dueMs = schedule.dueMs + schedule.intervalMs
  if (now >= dueMs) {
    const missed = Math.floor((now - schedule.dueMs) / schedule.intervalMs)
    dueMs = schedule.dueMs + (missed + 1) * schedule.intervalMs
  }
  return { ...schedule, dueMs }
}

export class PunctuationQueue {
  readonly #queue = new PriorityQueue<Schedule>((a, b) => a.dueMs - b.dueMs)

  /**
   * @param firstMs when it is due first; with `anchoredNow`, and if that is past, the next multiple after now.
   */
  schedule(firstMs: number, intervalMs: number, run: (timestamp: number) => void, anchoredNow?: number): Cancellable {
    const handle = { cancelled: false }
    const first: Schedule = { dueMs: firstMs, intervalMs, run, handle }
    this.#queue.offer(anchoredNow !== undefined && firstMs < anchoredNow ? after(first, anchoredNow) : first)
    return {
      cancel: () => {
        handle.cancelled = true
      },
    }
  }

  /** Fires all that is due at `now`; true if any did. */
  punctuate(now: number): boolean {
    let fired = false
    for (let top = this.#queue.peek(); top !== undefined && top.dueMs <= now; top = this.#queue.peek()) {
      this.#queue.poll()
      if (top.handle.cancelled) continue
      top.run(now)
      // The callback may cancel its own schedule.
      if (!top.handle.cancelled) this.#queue.offer(after(top, now))
      fired = true
    }
    return fired
  }

  /** When the next one is due; undefined if none is scheduled. */
  nextDue(): number | undefined {
    return this.#queue.peek()?.dueMs
  }
}
