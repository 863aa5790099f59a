/**
 * What an app counts about itself. Every dropped record is here by task, operator and reason (law 10).
 */

export interface MetricsSnapshot {
  readonly processed: number
  readonly commits: number
  /** Dropped records by `operator:reason`. */
  readonly dropped: Readonly<Record<string, number>>
}

export class Metrics {
  processed = 0
  commits = 0
  readonly #dropped = new Map<string, number>()

  dropped(_task: string, operator: string, reason: string, count = 1): void {
    const key = `${operator}:${reason}`
    this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + count)
  }

  snapshot(): MetricsSnapshot {
    return { processed: this.processed, commits: this.commits, dropped: Object.fromEntries(this.#dropped) }
  }
}
