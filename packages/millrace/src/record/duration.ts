/**
 * Durations as people write them: `'15 min'`, `'1 hour'`, or a number of milliseconds. Everything inside Millrace is in
 * milliseconds; only the edge where users hand in a duration calls `durationMs`.
 */

import { TopologyError } from './errors.ts'

const UNITS = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  seconds: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  hours: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
  week: 604_800_000,
  weeks: 604_800_000,
} as const

export type DurationUnit = keyof typeof UNITS

/** Milliseconds, or a number and a unit: `'500 ms'`, `'15 min'`, `'1.5 hours'`, `'7 days'`. */
export type Duration = number | `${number} ${DurationUnit}` | `${number}${DurationUnit}`

/**
 * A duration in whole milliseconds.
 *
 * @param what named in the error, e.g. `grace`
 * @throws TopologyError if it is not a duration, is negative, or is not a whole number of milliseconds
 */
export function durationMs(duration: Duration, what = 'duration'): number {
  const ms = typeof duration === 'number' ? duration : parse(duration)
  if (ms !== undefined && Number.isSafeInteger(ms) && ms >= 0) return ms
  throw new TopologyError(
    `${what}: ${JSON.stringify(duration)} is not a duration; give whole milliseconds (not negative) or text like '15 min'.`,
    'MILLRACE_DURATION',
  )
}

function parse(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/.exec(text)
  if (match === null || !Object.hasOwn(UNITS, match[2])) return undefined
  return Math.round(Number(match[1]) * UNITS[match[2] as DurationUnit] * 1e6) / 1e6
}
