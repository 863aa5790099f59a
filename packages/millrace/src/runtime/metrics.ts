/**
 * What an app counts about itself. Every dropped record is here by task, operator and reason (law 10).
 */

export interface MetricsSnapshot {
  readonly processed: number
  readonly commits: number
  /** Dropped records by `operator:reason`. */
  readonly dropped: Readonly<Record<string, number>>
}

/** The sum of several snapshots. */
export function addSnapshots(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const dropped: Record<string, number> = {}
  for (const snapshot of snapshots) {
    for (const [reason, count] of Object.entries(snapshot.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count
  }
  return {
    processed: snapshots.reduce((sum, { processed }) => sum + processed, 0),
    commits: snapshots.reduce((sum, { commits }) => sum + commits, 0),
    dropped,
  }
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
