import { TopologyTestDriver } from '@millrace/testing'
import { json, type KeyValueStore, StreamsBuilder, string, topic } from 'millrace'
import { describe, expect, it } from 'vitest'
import type { ExplainedEvent } from '../match/explain-match.ts'
import type { Pattern } from '../pattern/chain-types.ts'
import { pattern } from '../pattern/pattern.ts'
import { type DetectOptions, detect } from './detect.ts'

interface Event {
  readonly type: string
  readonly id?: string
}

const input = topic('in', { key: string(), value: json<Event>() })
const outputs = ['matches', 'timeouts', 'late', 'dropped'] as const

const is = (type: string) => (event: Event) => event.type === type

/** A driver with the four outputs on topics of their names. */
function driving<M, T extends string>(of: Pattern<Event, M, T>, options: DetectOptions<NoInfer<T>> = {}) {
  const builder = new StreamsBuilder()
  const found = builder
    .stream(input)
    .groupByKey()
    .apply(detect(of, { store: 'runs', ...options }))
  for (const name of outputs) found[name].to(topic(name))
  const driver = new TopologyTestDriver(builder.build())
  const into = driver.inputTopic(input)
  return {
    driver,
    /** `k a1 5`: an event of type a and id a1, of key k at 5. */
    pipe(...events: string[]): void {
      for (const event of events) {
        const [key, id, timestamp] = event.split(' ')
        into.pipe(key, { type: id[0], id }, { timestamp: Number(timestamp) })
      }
    },
    /** What has come out since: `k a1 b1 @5`. */
    take(name: (typeof outputs)[number]): string[] {
      return driver
        .outputTopic(topic(name, { key: string(), value: json<unknown>() }))
        .readRecords()
        .map(({ key, value, timestamp }) => `${key} ${idsOf(value).join(' ')} @${timestamp}`)
    },
    stored(): number {
      return [...(driver.store<KeyValueStore<unknown, unknown>>('runs') as KeyValueStore<unknown, unknown>).all()]
        .length
    },
  }
}

function idsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  if ('id' in value) return [value.id as string]
  return Object.values(value).flatMap(idsOf)
}

const ab = pattern<Event>().begin('a', is('a')).followedBy('b', is('b')).within(10)

describe('detect', () => {
  it('gives matches under their key, at the time of the last event', () => {
    const { pipe, take } = driving(ab)
    pipe('k a1 1', 'j a2 2', 'k x 3', 'k b1 4', 'j b2 5')
    expect(take('matches')).toEqual(['k a1 b1 @4', 'j a2 b2 @5'])
    expect(take('timeouts')).toEqual([])
  })

  it('ends the window of a key that has fallen silent, at its end, and then keeps nothing of it', () => {
    const { pipe, take, stored } = driving(ab)
    pipe('k a1 1', 'j x 10')
    expect(take('timeouts')).toEqual([])
    expect(stored()).toBeGreaterThan(0)
    pipe('j x 30')
    expect(take('timeouts')).toEqual(['k a1 @11'])
    expect(stored()).toBe(0)
  })

  it('also where the record that moves time goes elsewhere', () => {
    const builder = new StreamsBuilder()
    const { timeouts } = builder.stream(input).filter(is('a')).groupByKey().apply(detect(ab))
    timeouts.to(topic('timeouts'))
    const driver = new TopologyTestDriver(builder.build())
    driver.inputTopic(input).pipe('k', { type: 'a' }, { timestamp: 1 })
    driver.inputTopic(input).pipe('k', { type: 'x' }, { timestamp: 11 })
    expect(driver.takeProduced('timeouts').map(({ timestamp }) => timestamp)).toEqual([11])
  })

  it('completes by silence what ends in a negation', () => {
    const silent = pattern<Event>().begin('a', is('a')).notFollowedBy('b', is('b')).within(10)
    const { pipe, take } = driving(silent)
    pipe('k a1 1', 'j a2 2', 'j b1 3', 'i x 11')
    expect(take('matches')).toEqual(['k a1 @11'])
    pipe('i x 12')
    expect(take('matches')).toEqual([])
  })

  it('sends what is late to its own stream, and counts it', () => {
    const { driver, pipe, take } = driving(ab)
    pipe('k a1 5', 'j a2 4', 'j a3 5')
    expect(take('late')).toEqual(['j a2 @4'])
    expect(driver.droppedRecords()).toEqual(new Map([['KSTREAM-PATTERN-0000000001:late', 1]]))
  })

  it('waits for grace, then takes events by time, equal ones as they came', () => {
    const { pipe, take, stored } = driving(ab, { grace: 5 })
    pipe('k b1 8', 'k a1 6', 'k b2 7', 'k b3 7', 'k a2 3')
    expect(take('matches')).toEqual([])
    pipe('j x 12')
    expect(take('matches')).toEqual(['k a2 b2 @7', 'k a1 b2 @7'])
    pipe('k a3 6')
    expect(take('late')).toEqual(['k a3 @6'])
    pipe('j x 100')
    expect(take('matches')).toEqual([])
    // x waits.
    expect(stored()).toBe(3)
  })

  it('drops null keys and values, and counts them', () => {
    const { driver } = driving(ab)
    driver.pipeRaw('in', { key: null, value: Buffer.from('{}'), timestamp: 1 })
    driver.pipeRaw('in', { key: Buffer.from('k'), value: null, timestamp: 1 })
    expect([...driver.droppedRecords().values()]).toEqual([1, 1])
  })

  it('goes by the wall clock in processing time', () => {
    const { driver, pipe, take, stored } = driving(ab, { time: 'processing' })
    driver.advanceWallClockTime(1_000)
    pipe('k a1 500', 'j a2 3')
    driver.advanceWallClockTime(5)
    pipe('k b1 1')
    expect(take('matches')).toEqual(['k a1 b1 @1005'])
    driver.advanceWallClockTime(100)
    expect(take('timeouts')).toEqual(['j a2 @1010'])
    expect(stored()).toBe(0)
  })

  it('writes nothing for an event that moves no run, an event once, and deletes what no run has bound', () => {
    const loop = pattern<Event>().begin('a', is('a')).followedBy('b', is('b')).oneOrMore().followedBy('z', is('z'))
    const { driver, pipe, take, stored } = driving(loop, { skip: 'pastLastEvent' })
    const logged = (): number => driver.takeProduced('test-runs-changelog').length
    pipe('k x 1')
    expect(logged()).toBe(0)
    pipe('k a1 2', 'k a2 3')
    // Two events, two starts, and that there is something.
    expect([stored(), logged()]).toEqual([5, 5])
    pipe('k x 4')
    expect(logged()).toBe(0)
    pipe('k b1 5')
    // The event once, both starts anew.
    expect([stored(), logged()]).toEqual([6, 3])
    pipe('k z 6')
    expect(take('matches')).toEqual(['k a1 b1 z @6'])
    // Both starts, three events, and that there was something.
    expect([stored(), logged()]).toEqual([0, 6])
  })

  it('keeps to limits, and tells what it gave up', () => {
    const open = pattern<Event>().begin('a', is('a')).followedBy('b', is('b'))
    const { driver, pipe, take } = driving(open, { limits: { runsPerKey: 2 } })
    pipe('k a1 1', 'k a2 2', 'k a3 3', 'k b 4')
    expect(take('dropped')).toEqual(['k a1 @3'])
    expect(take('matches')).toEqual(['k a2 b @4', 'k a3 b @4'])
    expect([...driver.droppedRecords().values()]).toEqual([1])
  })

  it('goes on with the next event where the policy is to skip one that fails', () => {
    const failing = (event: Event): boolean => {
      if (event.id === 'b1') throw new Error('no')
      return event.type === 'b'
    }
    const builder = new StreamsBuilder()
    const of = pattern<Event>().begin('a', is('a')).followedBy('b', failing).within(10)
    const { matches } = builder
      .stream(input)
      .groupByKey()
      .apply(detect(of, { grace: 2, store: 'runs' }))
    matches.to(topic('matches'))
    const driver = new TopologyTestDriver(builder.build(), { processingExceptionHandler: 'continue' })
    const events = [
      ['a1', 1],
      ['b1', 2],
      ['b2', 3],
      ['x', 4],
      ['x', 5],
      ['x', 50],
    ] as const
    for (const [id, timestamp] of events) driver.inputTopic(input).pipe('k', { type: id[0], id }, { timestamp })
    expect(driver.takeProduced('matches').map(({ timestamp }) => timestamp)).toEqual([3])
  })

  it('keeps what came before an event that fails in one wake', () => {
    const failing = (event: Event): boolean => {
      if (event.id === 'b1') throw new Error('no')
      return event.type === 'b'
    }
    const builder = new StreamsBuilder()
    const of = pattern<Event>().begin('a', is('a')).followedBy('b', failing).within(10)
    const { matches } = builder
      .stream(input)
      .groupByKey()
      .apply(detect(of, { grace: 5, store: 'runs' }))
    matches.to(topic('matches'))
    const driver = new TopologyTestDriver(builder.build(), { processingExceptionHandler: 'continue' })
    for (const [id, timestamp] of [
      ['a1', 1],
      ['b1', 2],
      ['b2', 3],
      ['x', 50],
      ['x', 51],
    ] as const) {
      driver.inputTopic(input).pipe('k', { type: id[0], id }, { timestamp })
    }
    expect(driver.takeProduced('matches').map(({ timestamp }) => timestamp)).toEqual([3])
  })

  it('says in a header which events make a match, and why', () => {
    const big = (event: Event): boolean => event.type === 'b'
    const of = pattern<Event>().begin('a', is('a')).followedBy('b', big).times(2).within(10)
    const { driver, pipe } = driving(of, { explain: true })
    pipe('k a1 1', 'k x 2', 'k b1 3', 'k b2 4')
    const [record] = driver.outputTopic(topic('matches')).readRecords()
    const events = JSON.parse(Buffer.from(record.headers.last('pattern-explanation')?.value ?? '').toString())
    expect(events.map(({ name, how, timestamp }: ExplainedEvent) => [name, how, timestamp])).toEqual([
      ['a', 'begin', 1],
      ['b', 'followedBy', 3],
      ['b', 'repeat', 4],
    ])
    expect(events[1].condition).toBe('big')
  })

  it('counts what it does, and what is live', () => {
    const builder = new StreamsBuilder()
    const found = builder
      .stream(input)
      .groupByKey()
      .apply(detect(ab, { limits: { runsPerKey: 2 } }))
    const driver = new TopologyTestDriver(builder.build())
    const times = [1, 2, 3, 4, 1, 20] as const
    for (const [i, type] of 'aaabaa'.split('').entries()) {
      driver.inputTopic(input).pipe('k', { type, id: `${type}${i}` }, { timestamp: times[i] })
    }
    const counted = { events: 5, matches: 2, timeouts: 0, overflows: 1, late: 1 }
    const { evaluations } = found.metrics()
    expect(evaluations).toBeGreaterThan(5)
    expect(found.metrics()).toMatchObject(counted)
    driver.close()
    expect(found.metrics()).toEqual({ ...counted, evaluations, keys: 0, runs: 0, held: 0 })
  })

  it('repartitions if the key may have changed', () => {
    const builder = new StreamsBuilder()
    const { matches } = builder
      .stream(input)
      .groupBy((event) => event.id ?? '')
      .apply(detect(ab, { name: 'ab' }))
    matches.to(topic('matches'))
    const driver = new TopologyTestDriver(builder.build())
    driver.inputTopic(input).pipe('k', { type: 'a', id: '1' }, { timestamp: 1 })
    driver.inputTopic(input).pipe('j', { type: 'b', id: '1' }, { timestamp: 2 })
    expect(driver.producedTopics()).toContain('test-ab-runs-repartition')
    expect(driver.takeProduced('matches')).toHaveLength(1)
  })

  it('says what can grow without bound, and refuses grace without event time', () => {
    const builder = new StreamsBuilder()
    const open = pattern<Event>().begin('a', is('a')).followedBy('b', is('b'))
    const group = builder.stream(input).groupByKey()
    const told: string[] = []
    const { warnings } = group.apply(detect(open, { onWarning: (warning) => told.push(warning) }))
    expect(warnings[0]).toContain('add within()')
    expect(told).toEqual(warnings)
    expect(group.apply(detect(ab)).warnings).toEqual([])
    expect(() => detect(ab, { time: 'processing', grace: 5 })).toThrow('leave out grace')
  })
})
