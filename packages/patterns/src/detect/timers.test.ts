import { TopologyTestDriver } from '@millrace/testing'
import fc from 'fast-check'
import { type KeyValueStore, StreamsBuilder, topic } from 'millrace'
import { describe, expect, it } from 'vitest'
import { pattern } from '../pattern/pattern.ts'
import { detect } from './detect.ts'
import type { PatternStore } from './pattern-store.ts'
import { timerKey } from './state-key.ts'
import { TIMER_VALUE } from './state-value.ts'
import { Timers } from './timers.ts'

describe('timers', () => {
  it('fire in order, though only few are in memory and some were not written when they made room', () => {
    const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 })
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 20 }), (all, step) => {
        const builder = new StreamsBuilder()
        const of = pattern<string>().begin('a').within(5)
        builder
          .stream(topic<string, string>('in'))
          .groupByKey()
          .apply(detect(of, { store: 'runs' }))
        using driver = new TopologyTestDriver(builder.build())
        const store = driver.store<KeyValueStore<unknown, unknown>>('runs') as unknown as PatternStore<string, unknown>
        const pending = new Map<string, number>()
        const writeBack = (): void => {
          for (const [key, time] of pending) store.put(timerKey(key, time), TIMER_VALUE)
          pending.clear()
        }
        const timers = new Timers<string>(store, (key) => key, writeBack, 8)
        const fired: number[] = []
        all.forEach((time, i) => {
          const key = `k${i}`
          pending.set(key, time)
          timers.add({ time, key, id: key })
        })
        for (let now = 0; now < 50 + step; now += step) {
          for (let timer = timers.due(now); timer !== undefined; timer = timers.due(now)) {
            fired.push(timer.time)
            if (!pending.delete(timer.key)) store.put(timerKey(timer.key, timer.time), null)
          }
          expect(fired).toEqual(all.filter((time) => time <= now).sort((a, b) => a - b))
        }
      }),
      { numRuns: 60 },
    )
  })
})
