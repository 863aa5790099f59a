/**
 * Durations at the edge of the builder: milliseconds or text. The same forms as elsewhere in Millrace.
 */

import { PatternError } from './pattern-error.ts'

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

type Unit = keyof typeof UNITS

/** Milliseconds, or a number and a unit: `'500 ms'`, `'10 min'`, `'1.5 hours'`. */
export type Duration = number | `${number} ${Unit}` | `${number}${Unit}`

/** @throws PatternError if it is no duration, negative, or no whole number of milliseconds */
export function durationMs(duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : parse(duration)
  if (ms !== undefined && Number.isSafeInteger(ms) && ms >= 0) return ms
  throw new PatternError([`${JSON.stringify(duration)} is no duration: give whole milliseconds or text like '10 min'`])
}

function parse(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/.exec(text)
  if (match === null || !Object.hasOwn(UNITS, match[2])) return undefined
  return Math.round(Number(match[1]) * UNITS[match[2] as Unit] * 1e6) / 1e6
}
