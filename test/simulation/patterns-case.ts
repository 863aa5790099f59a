/**
 * Patterns in the simulator: matches, silence and time-outs, with events out of order. Its model walks over the events of each key
 * and shares no code with the matcher. (Not among the simulator's own cases: `@millrace/testing` knows the core only.)
 */

import { detect, pattern } from '@millrace/patterns'
import type { TopologyCase } from '@millrace/testing'
import { json, StreamsBuilder, string, topic } from 'millrace'

interface Event {
  readonly type: string
  readonly index: number
}

const KEYS = ['a', 'b', 'c', 'd', 'e']
const GRACE_MS = 300
const WITHIN_MS = 900
const CALM_MS = 150

const input = topic('in', { key: string(), value: json<Event>() })
const output = topic('out', { key: string(), value: json<string>() })

const is = (type: string) => (event: Event) => event.type === type

export const patternsCase: TopologyCase = {
  name: 'patterns',
  inputs: ['in'],
  output: 'out',
  build() {
    const builder = new StreamsBuilder()
    const events = builder.stream(input).groupByKey()
    const rise = pattern<Event>()
      .begin('low', is('low'))
      .followedBy('middle', is('middle'))
      .oneOrMore()
      .followedBy('high', is('high'))
      .within(WITHIN_MS)
    const rises = events.apply(detect(rise, { name: 'rise', grace: GRACE_MS }))
    const calm = pattern<Event>()
      .begin('low', is('low'))
      .absent('high', is('high'), CALM_MS)
      .next('next')
      .within(WITHIN_MS)
    const calms = events.apply(detect(calm, { name: 'calm', grace: GRACE_MS, liveKeys: 2 }))
    rises.matches
      .mapValues(({ low, middle, high }) => shown('rise', [low, ...middle, high]))
      .merge(calms.matches.mapValues(({ low, next }) => shown('calm', [low, next])))
      .merge(calms.timeouts.mapValues(({ low }) => shown('silent', low === undefined ? [] : [low])))
      .to(output)
    return builder.build()
  },
  // Never later than the grace.
  record: (random, index, timestamp) => ({
    topic: 'in',
    key: random.pick(KEYS),
    value: { type: random.pick(['low', 'middle', 'middle', 'high', 'other']), index },
    timestamp: timestamp - random.integer(0, GRACE_MS),
  }),
  expect(records) {
    const now = new Map<number, number>()
    for (const { partition, timestamp } of records) {
      now.set(partition, Math.max(now.get(partition) ?? 0, timestamp - GRACE_MS))
    }
    const results = new Map<string, string[]>()
    for (const [key, own] of Map.groupBy(records, (record) => record.key)) {
      const until = now.get(own[0].partition) ?? 0
      const events = own
        .map(({ value, timestamp }) => ({ ...(value as Event), timestamp }))
        .filter(({ timestamp }) => timestamp <= until)
        .sort((a, b) => a.timestamp - b.timestamp)
      const found = events.flatMap((low, i) => {
        if (low.type !== 'low') return []
        const end = low.timestamp + WITHIN_MS
        const later = events.slice(i + 1).filter(({ timestamp }) => timestamp < end)
        return [...rises(low, later), ...calmOf(low, later, end <= until)]
      })
      if (found.length > 0) results.set(key, found)
    }
    return { compare: 'bag', results, atLeastOnce: 'none' }
  },
}

interface TimedEvent extends Event {
  readonly timestamp: number
}

/** For each middle event all so far, with the first high one after it. */
function rises(low: Event, later: readonly TimedEvent[]): string[] {
  const middle = later.filter(is('middle'))
  return middle.flatMap((last, i) => {
    const high = later.slice(later.indexOf(last)).find(is('high'))
    return high === undefined ? [] : [shown('rise', [low, ...middle.slice(0, i + 1), high])]
  })
}

/** No high event for a while, then the very next event; silence, if the window is over without one. */
function calmOf(low: TimedEvent, later: readonly TimedEvent[], over: boolean): string[] {
  const calm = low.timestamp + CALM_MS
  if (later.some((event) => event.type === 'high' && event.timestamp < calm)) return []
  const next = later.find(({ timestamp }) => timestamp >= calm)
  if (next !== undefined) return [shown('calm', [low, next])]
  return over ? [shown('silent', [low])] : []
}

function shown(what: string, events: readonly Event[]): string {
  return `${what} ${events.map(({ index }) => index).join(' ')}`
}
