/** How long each partition of a topic has had no new record: gaps as they end, and those still open. */

export class Silence {
  readonly #lastAt: number[]
  readonly #gaps: { readonly from: number; readonly to: number }[] = []

  /** All partitions are silent since `now`, ms. */
  constructor(partitions: number, now: number) {
    this.#lastAt = Array.from({ length: partitions }, () => now)
  }

  heard(partition: number, now: number): void {
    this.#gaps.push({ from: this.#lastAt[partition], to: now })
    this.#lastAt[partition] = now
  }

  /** The longest gap, ms, that was open at any time between the two; one that is still open ends at `to`. */
  longest(from: number, to: number): number {
    const open = this.#lastAt.map((last) => ({ from: last, to }))
    const all = [...this.#gaps, ...open].filter((gap) => gap.to > from && gap.from < to)
    return Math.max(0, ...all.map((gap) => gap.to - gap.from))
  }
}
