/**
 * What a detection counts, over the tasks of one worker thread: totals since the start, and what is live now. Tasks that have
 * gone leave their totals. Nothing is kept for it but numbers.
 */

export interface PatternMetrics {
  /** Events that were looked at, each once for each rule. */
  readonly events: number
  /** Calls of conditions. */
  readonly evaluations: number
  readonly matches: number
  readonly timeouts: number
  /** Partial matches given up for a limit. */
  readonly overflows: number
  readonly late: number
  /** Keys in memory, and their live runs: a key that has made room for others is in the store, and not counted. */
  readonly keys: number
  readonly runs: number
  /** Finished matches that wait, by `emit: 'inOrder'` or `prefer: 'longest'`. */
  readonly held: number
}

/** What one task has now. */
export interface TaskGauges {
  readonly evaluations: number
  readonly keys: number
  readonly runs: number
  readonly held: number
}

export class PatternCounters {
  events = 0
  matches = 0
  timeouts = 0
  overflows = 0
  late = 0
  #evaluationsBefore = 0
  readonly #tasks = new Set<() => TaskGauges>()

  /** A task has started; give the result when it ends. */
  opened(gauges: () => TaskGauges): () => void {
    this.#tasks.add(gauges)
    return () => {
      if (this.#tasks.delete(gauges)) this.#evaluationsBefore += gauges().evaluations
    }
  }

  snapshot(): PatternMetrics {
    const { events, matches, timeouts, overflows, late } = this
    const now = [...this.#tasks].map((gauges) => gauges())
    const sum = (of: keyof TaskGauges): number => now.reduce((total, gauges) => total + gauges[of], 0)
    return {
      events,
      evaluations: this.#evaluationsBefore + sum('evaluations'),
      matches,
      timeouts,
      overflows,
      late,
      keys: sum('keys'),
      runs: sum('runs'),
      held: sum('held'),
    }
  }
}
