import { describe, expect, it } from 'vitest'
import { durationMs } from './duration.ts'

describe('durationMs', () => {
  it.each([
    [250, 250],
    ['500 ms', 500],
    ['15 min', 900_000],
    ['1.5 hours', 5_400_000],
    ['7days', 604_800_000],
    ['0.3 s', 300],
  ] as const)('%s is %i ms', (duration, ms) => {
    expect(durationMs(duration)).toBe(ms)
  })

  it.each([-1, 0.5, Number.NaN, '1 fortnight', '', '-3 s', '0.0001 s'])('refuses %s', (duration) => {
    expect(() => durationMs(duration as never, 'grace')).toThrow(/grace: .* is not a duration/)
  })
})
