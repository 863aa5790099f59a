/** The longest silence of a topic's partitions, as the rebalance measure needs it. */

import { describe, expect, it } from 'vitest'
import { Silence } from '../../bench/peers/silence.ts'

describe('Silence', () => {
  it('is the longest gap of any partition, also if others speak meanwhile', () => {
    const silence = new Silence(2, 0)
    for (const at of [10, 20, 30, 40, 50]) silence.heard(0, at)
    silence.heard(1, 45)
    expect(silence.longest(0, 50)).toBe(45)
  })

  it('counts a gap that is still open: a partition nobody has taken must not look quiet', () => {
    const silence = new Silence(2, 0)
    for (let at = 1; at <= 100; at++) silence.heard(0, at)
    expect(silence.longest(50, 100)).toBe(100)
  })

  it('leaves out gaps that ended before, and takes whole those that reach into the time', () => {
    const silence = new Silence(1, 0)
    silence.heard(0, 60)
    silence.heard(0, 61)
    silence.heard(0, 90)
    silence.heard(0, 91)
    expect(silence.longest(61, 92)).toBe(29)
    expect(silence.longest(80, 92)).toBe(29)
    expect(silence.longest(50, 92)).toBe(60)
  })
})
