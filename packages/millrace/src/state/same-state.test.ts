/**
 * What the layers may not change: whatever is put, committed or read in between, a store with a record cache of any size
 * ends as one without, a store restored from its changelog as the one that wrote it, and verified values as plain ones.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchOf, type Logged, type TestEnvironment, testEnvironment } from './fixtures/environment.ts'
import { keyValueStore, timestampedKeyValueStore } from './key-value-store.ts'
import type { StateStore } from './state-store.ts'
import { versionedKeyValueStore } from './versioned-key-value-store.ts'
import { sessionStore, timestampedWindowStore, windowStore } from './window-store-builders.ts'

interface Step {
  readonly key: string
  readonly value: string | null
  readonly time: number
  readonly length: number
  readonly next: 'nothing' | 'commit' | 'read'
}

const steps = fc.array(
  fc.record<Step>({
    key: fc.constantFrom('a', 'b', 'ab', 'a\0', 'é'),
    value: fc.option(fc.stringMatching(/^[x-z]{0,4}$/), { nil: null }),
    time: fc.integer({ min: 0, max: 400_000 }),
    length: fc.integer({ min: 0, max: 30 }),
    next: fc.constantFrom('nothing', 'nothing', 'commit', 'read'),
  }),
  { maxLength: 40 },
)

interface Kind {
  readonly name: string
  open(caching: boolean, persistent: boolean): Opened
}

interface Opened {
  readonly store: StateStore
  put(step: Step): void
  read(step: Step): void
  content(): unknown
}

const kinds: readonly Kind[] = [
  {
    name: 'key-value',
    open(caching, persistent) {
      const store = keyValueStore<string, string>({ name: 's', caching, persistent }).build()
      return {
        store,
        put: ({ key, value }) => store.put(key, value),
        read: ({ key }) => [store.get(key), [...store.range('a', key)]],
        content: () => [...store.all()],
      }
    },
  },
  {
    name: 'timestamped key-value',
    open(caching, persistent) {
      const store = timestampedKeyValueStore<string, string>({ name: 's', caching, persistent }).build()
      return {
        store,
        put: ({ key, value, time }) => store.put(key, value === null ? null : { value, timestamp: time }),
        read: ({ key }) => store.get(key),
        content: () => [...store.all()],
      }
    },
  },
  {
    name: 'window',
    open(caching, persistent) {
      const store = timestampedWindowStore<string, string>({
        name: 's',
        windowSizeMs: 10,
        retentionMs: 100_000,
        caching,
        persistent,
      }).build()
      return {
        store,
        put: ({ key, value, time }) =>
          store.put(key, value === null ? null : { value, timestamp: time + 1 }, Math.floor(time / 1000) * 1000),
        read: ({ key, time }) => [store.fetch(key, time), [...store.fetchRange(key, time - 5_000, time)]],
        content: () => [...store.all()],
      }
    },
  },
  {
    name: 'window with duplicates',
    open(_caching, persistent) {
      const store = windowStore<string, string>({
        name: 's',
        windowSizeMs: 10,
        retentionMs: 100_000,
        retainDuplicates: true,
        persistent,
      }).build()
      return {
        store,
        // A null moves stream time when it is restored, and not when it is put: as in Kafka Streams.
        put: ({ key, value, time }) => store.put(key, value ?? 'none', time),
        read: ({ key, time }) => [...store.fetchRange(key, time - 5_000, time)],
        content: () => [...store.all()],
      }
    },
  },
  {
    name: 'session',
    open(caching, persistent) {
      const store = sessionStore<string, string>({ name: 's', retentionMs: 100_000, caching, persistent }).build()
      return {
        store,
        put: ({ key, value, time, length }) => store.put({ key, window: { start: time, end: time + length } }, value),
        read: ({ key, time }) => [...store.findSessions(key, time, time + 1_000)],
        content: () => [...store.all()],
      }
    },
  },
  {
    name: 'versioned',
    open(_caching, persistent) {
      const store = versionedKeyValueStore<string, string>({
        name: 's',
        historyRetentionMs: 100_000,
        persistent,
      }).build()
      const times = Array.from({ length: 41 }, (_, index) => index * 10_000)
      return {
        store,
        put: ({ key, value, time }) => store.put(key, value, time),
        read: ({ key, time }) => store.get(key, time),
        content: () => ['a', 'b', 'ab', 'a\0', 'é'].map((key) => times.map((time) => store.get(key, time))),
      }
    },
  },
]

/** Late puts below the retention: caches decide about them at the flush, with a later stream time, as in Kafka Streams. */
const inOrder = (input: readonly Step[]): Step[] => [...input].sort((a, b) => a.time - b.time)

function run(opened: Opened, environment: TestEnvironment, input: readonly Step[], reads = true): unknown {
  opened.store.init(environment)
  for (const [index, step] of input.entries()) {
    environment.at(step.time, index)
    opened.put(step)
    if (step.next === 'read' && reads) opened.read(step)
    if (step.next === 'commit') {
      opened.store.flushCache()
      opened.store.commit(index + 1)
    }
  }
  opened.store.flushCache()
  opened.store.commit(input.length)
  // Empties the record cache, which may still show what the store has expired: as in Kafka Streams.
  opened.store.rollback()
  return opened.content()
}

describe.each(kinds)('a $name store ends the same', (kind) => {
  it('with a record cache of any size', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 60, max: 600 }), fc.boolean(), (input, cacheBytes, persistent) => {
        const ordered = inOrder(input)
        const plain = run(kind.open(false, persistent), testEnvironment(), ordered)
        expect(run(kind.open(true, persistent), testEnvironment({ cacheBytes }), ordered)).toEqual(plain)
      }),
    )
  })

  it('restored from its changelog in batches of any size, rolled back in between', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 10 }), fc.boolean(), (input, size, persistent) => {
        const environment = testEnvironment()
        const expected = run(kind.open(false, persistent), environment, input)
        const restored = kind.open(false, persistent)
        restored.store.init(testEnvironment())
        for (let at = 0; at < environment.logged.length; at += size) {
          const logged = environment.logged.slice(at, at + size)
          const batch = batchOf(logged, at)
          restored.store.restore(batch)
          if (at % 2 === 0) {
            restored.store.rollback()
            restored.store.restore(batch)
          }
          restored.store.commit(at + logged.length)
          // Once it is committed the buffer holds the next batch: the store must not look into it.
          batch.bytes.fill(0xff)
        }
        expect(restored.content()).toEqual(expected)
        if (environment.logged.length > 0) expect(restored.store.committedOffset()).toBe(environment.logged.length)
      }),
    )
  })

  it('with values verified, logged record by record the same, whatever is read or committed in between', () => {
    fc.assert(
      fc.property(steps, fc.boolean(), (input, persistent) => {
        const plain = testEnvironment()
        const verified = testEnvironment({ freezesValues: true })
        const expected = run(kind.open(false, persistent), plain, input, false)
        expect(run(kind.open(false, persistent), verified, input)).toEqual(expected)
        expect(verified.logged.map(comparable)).toEqual(plain.logged.map(comparable))
      }),
    )
  })
})

function comparable({ key, value, timestamp }: Logged): unknown {
  return [key.toString('hex'), value?.toString('hex') ?? null, timestamp]
}
