import { TopologyTestDriver } from '@millrace/testing'
import fc from 'fast-check'
import { json, type Log, memoryLog, produce, readTopic, StreamsApp, StreamsBuilder, string, topic } from 'millrace'
import { describe, expect, it } from 'vitest'
import type { Pattern } from '../pattern/chain-types.ts'
import { allOf, anyOf } from '../pattern/choice.ts'
import { pattern } from '../pattern/pattern.ts'
import { type DetectOptions, detect } from './detect.ts'

interface Event {
  readonly type: string
  readonly n: number
}

interface Input {
  readonly key: string
  readonly value: Event
  readonly timestamp: number
}

const input = topic('in', { key: string(), value: json<Event>() })
const OUTPUTS = ['matches', 'timeouts', 'late', 'dropped'] as const

const is = (type: string) => (event: Event) => event.type === type

/** What is thrown in the middle of an event, once. */
let crashAt = Number.POSITIVE_INFINITY
let deaths = 0

/** A condition that takes part in every pattern: the place where workers die. */
function alive(event: Event): boolean {
  if (event.n < crashAt) return true
  crashAt = Number.POSITIVE_INFINITY
  deaths++
  throw new Error('killed')
}

const PATTERNS: Record<string, [Pattern<Event, unknown>, DetectOptions]> = {
  sequence: [pattern<Event>().begin('a', is('a')).where(alive).followedBy('b', is('b')).within(20), {}],
  loop: [
    pattern<Event>()
      .begin('a', (event) => alive(event) && event.type === 'a')
      .followedBy('b', is('b'))
      .oneOrMore()
      .followedBy('c', (event, match) => event.type === 'c' && match.b.length < 4)
      .within(60),
    { skip: 'pastLastEvent' },
  ],
  silence: [
    pattern<Event>()
      .begin('a', (event) => alive(event) && event.type === 'a')
      .notFollowedBy('b', is('b'))
      .within(3),
    { grace: 6 },
  ],
  held: [
    pattern<Event>()
      .begin('a', (event) => alive(event) && event.type === 'a')
      .followedByAny('b', is('b'))
      .followedBy('c', is('c'))
      .optional()
      .within(15),
    { semantics: 'flink', skip: 'toNext', grace: 3, limits: { runsPerKey: 6 } },
  ],
  absence: [
    pattern<Event>()
      .begin('a', (event) => alive(event) && event.type === 'a')
      .absent('quiet', is('c'), 3)
      .followedBy('b', is('b'))
      .within(12),
    { grace: 2, liveKeys: 1 },
  ],
  choices: [
    pattern<Event>()
      .begin('a', (event) => alive(event) && event.type === 'a')
      .followedBy(allOf(pattern<Event>().begin('b', is('b')).times(2), pattern<Event>().begin('c', is('c'))))
      .followedBy(anyOf(pattern<Event>().begin('d', is('a')), pattern<Event>().begin('e', is('b')).next('f', is('c'))))
      .within(40),
    { skip: 'toNext', liveKeys: 2 },
  ],
  distinct: [
    pattern<Event>()
      .begin('e', alive)
      .times(3)
      .distinct((event) => event.type)
      .absent('quiet', is('b'), 2)
      .within(30),
    { skip: 'pastLastEvent' },
  ],
  gaps: [
    pattern<Event>()
      .begin('a', (event) => alive(event) && event.type === 'a')
      .followedBy('b', is('b'))
      .within(5, 'previousToCurrent')
      .followedBy('c', is('c'))
      .within(7, 'previousToCurrent'),
    { prefer: 'longest', skip: 'toNext' },
  ],
}

function topologyOf(name: string) {
  const [of, options] = PATTERNS[name]
  const builder = new StreamsBuilder()
  const found = builder.stream(input).groupByKey().apply(detect(of, options))
  for (const output of OUTPUTS) found[output].to(topic(output))
  return builder.build()
}

type Results = Record<string, string[]>

function lines(records: Iterable<{ key: unknown; value: unknown; timestamp: number }>): string[] {
  return [...records].map(({ key, value, timestamp }) => `${key} ${JSON.stringify(value)} @${timestamp}`)
}

/** What comes out in one go, every record read anew from the store. */
function expected(name: string, events: readonly Input[]): Results {
  crashAt = Number.POSITIVE_INFINITY
  using driver = new TopologyTestDriver(topologyOf(name))
  for (const { key, value, timestamp } of events) driver.inputTopic(input).pipe(key, value, { timestamp })
  const read = (output: string) => driver.outputTopic(topic(output, { key: string(), value: json() })).readRecords()
  return Object.fromEntries(OUTPUTS.map((output) => [output, lines(read(output))]))
}

async function processed(log: Log): Promise<boolean> {
  const at = [{ topic: 'in', partition: 0 }]
  const [end] = await log.admin.listOffsets(at, 'latest')
  const committed = (await log.admin.groupOffsets('app')).find((one) => one.topic === 'in')
  return (committed?.offset ?? 0) >= end.offset
}

function newApp(log: Log, name: string): StreamsApp {
  return new StreamsApp(topologyOf(name), {
    applicationId: 'app',
    log,
    processingGuarantee: 'exactly_once_v2',
    commitIntervalMs: 3,
    pollMs: 1,
    heartbeatIntervalMs: 20,
    sessionTimeoutMs: 1000,
  })
}

/** Feeds the events in batches to workers, of which some die in the middle of one without a commit. */
async function actual(
  name: string,
  events: readonly Input[],
  batches: readonly number[],
  crashes: readonly number[],
  handsOver = false,
): Promise<Results> {
  const log = memoryLog()
  await log.admin.createTopics(['in', ...OUTPUTS].map((of) => ({ name: of, partitions: 1 })))
  const plan = [...crashes]
  crashAt = plan.shift() ?? Number.POSITIVE_INFINITY
  let app = newApp(log, name)
  let failed = app.finished.catch(() => 'died' as const)
  await app.start()
  let at = 0
  const cuts = [...batches, Number.POSITIVE_INFINITY]
  while (at < events.length) {
    const batch = events.slice(at, at + (cuts.shift() ?? events.length))
    at += batch.length
    await produce(log, input, batch)
    if (handsOver) {
      // Another instance joins while the batch is being processed, and the first leaves.
      const before = [app, failed] as const
      app = newApp(log, name)
      failed = app.finished.catch(() => 'died' as const)
      await app.start()
      await before[0].close()
      await before[1]
    }
    while (!(await processed(log))) {
      const outcome = await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 2))])
      if (outcome !== 'died') continue
      crashAt = plan.shift() ?? Number.POSITIVE_INFINITY
      app = newApp(log, name)
      failed = app.finished.catch(() => 'died' as const)
      await app.start()
    }
  }
  await app.close()
  const results: Results = {}
  for (const output of OUTPUTS) {
    const records = []
    for await (const record of readTopic(log, topic(output, { key: string(), value: json() }))) records.push(record)
    results[output] = lines(records)
  }
  await log.close()
  return results
}

const inputs = fc
  .array(fc.tuple(fc.constantFrom('k', 'l'), fc.constantFrom('a', 'b', 'b', 'c'), fc.integer({ min: -2, max: 3 })), {
    minLength: 40,
    maxLength: 60,
  })
  .map((steps) => {
    let time = 100
    return steps.map(([key, type, step], n): Input => {
      time += step
      return { key, value: { type, n }, timestamp: time }
    })
  })

describe('detect after a restart', () => {
  it('goes on in the middle of a match, and gives each once', async () => {
    const types = 'abbxabbcbc'.split('')
    const events = types.map((type, n): Input => ({ key: 'k', value: { type, n }, timestamp: 100 + n }))
    const wanted = expected('loop', events)
    expect(wanted.matches).toHaveLength(1)
    for (const crash of [1, 2, 4, 7]) expect(await actual('loop', events, [2, 1, 3], [crash])).toEqual(wanted)
  })

  it('goes on with another instance while the first leaves, in the middle of matches', async () => {
    const types = 'abcabbxcabbabcxxabcc'.split('')
    const events = types.map(
      (type, n): Input => ({ key: n % 3 === 0 ? 'l' : 'k', value: { type, n }, timestamp: 100 + n }),
    )
    for (const name of ['sequence', 'held']) {
      expect(await actual(name, events, [4, 5, 3], [], true)).toEqual(expected(name, events))
    }
  }, 60_000)

  it.each(Object.keys(PATTERNS))('gives the same whatever the batches and wherever workers die: %s', async (name) => {
    let found = 0
    deaths = 0
    const property = fc.asyncProperty(
      inputs,
      fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 4 }),
      fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 2 }),
      async (events, batches, crashes) => {
        const wanted = expected(name, events)
        found += wanted.matches.length + wanted.timeouts.length
        expect(
          await actual(
            name,
            events,
            batches,
            crashes.sort((a, b) => a - b),
          ),
        ).toEqual(wanted)
      },
    )
    await fc.assert(property, { numRuns: 12 })
    expect(found).toBeGreaterThan(0)
    expect(deaths).toBeGreaterThan(0)
  }, 60_000)
})
