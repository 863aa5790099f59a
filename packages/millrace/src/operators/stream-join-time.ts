/**
 * The time that both sides of a stream–stream join share in a task: the highest seen on either, the lowest that waits for
 * a match, and when results may next be released.
 *
 * One for each task, found by the task's record context, which lives exactly as long: two workers may hold the same task for
 * a moment, and must not share.
 */

import type { RecordContext } from '../state/state-store.ts'

export class StreamJoinTime {
  /** -1: nothing seen. */
  streamTime = -1
  /** Infinity: nothing waits. At first unknown: a restored store may hold any time, so the first look goes through all. */
  minTime: number = Number.NEGATIVE_INFINITY
  /** Wall-clock time before which nothing is released. */
  nextEmit = 0

  advance(timestamp: number): void {
    if (timestamp > this.streamTime) this.streamTime = timestamp
  }

  waitFrom(timestamp: number): void {
    if (timestamp < this.minTime) this.minTime = timestamp
  }
}

/** The times of one join, by task. */
export class StreamJoinTimes {
  readonly #byTask = new WeakMap<Readonly<RecordContext>, StreamJoinTime>()

  of(task: Readonly<RecordContext>): StreamJoinTime {
    let time = this.#byTask.get(task)
    if (time === undefined) {
      time = new StreamJoinTime()
      this.#byTask.set(task, time)
    }
    return time
  }
}
