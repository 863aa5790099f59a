/** The straight line through samples, by least squares. */

export interface Sample {
  /** Seconds. */
  readonly at: number
  readonly value: number
}

export interface Trend {
  readonly mean: number
  /** Growth in 10 minutes as a share of the line's height in the middle. */
  readonly growthIn10Minutes: number
}

export function trend(samples: readonly Sample[]): Trend {
  const count = samples.length
  const meanAt = samples.reduce((sum, { at }) => sum + at, 0) / count
  const mean = samples.reduce((sum, { value }) => sum + value, 0) / count
  let above = 0
  let below = 0
  for (const { at, value } of samples) {
    above += (at - meanAt) * (value - mean)
    below += (at - meanAt) ** 2
  }
  const slope = below === 0 ? 0 : above / below
  return { mean, growthIn10Minutes: mean === 0 ? 0 : (slope * 600) / mean }
}
