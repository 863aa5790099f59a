/** Seeded chance: the same seed gives the same kills and the same input (what the workers make of it is up to the machine). */

export type Random = () => number

/** Numbers from 0 to below 1. */
export function seededRandom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}
