import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RecordCache } from './record-cache.ts'
import type { RecordContext } from './state-store.ts'
import { StoreCache } from './store-cache.ts'

const ENTRY_BYTES = 24 + 1 + 20 + 'in'.length

interface Held {
  readonly key: string
  readonly value: number | null
  readonly offset: number
  readonly bytes: number
  dirty: boolean
}

type Back = (key: string, value: number | null) => readonly [string, number | null] | undefined

/** Kafka Streams' NamedCache and ThreadCache, plainly: lists of what is there, searched from the front. */
class Model {
  readonly log: string[] = []
  #entries: Held[] = []
  #dirty: string[] = []
  readonly #maxBytes: number
  readonly #back: Back

  constructor(maxBytes: number, back: Back) {
    this.#maxBytes = maxBytes
    this.#back = back
  }

  get bytes(): number {
    return this.#entries.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get(key: string): number | null | undefined {
    const entry = this.#entries.find((one) => one.key === key)
    if (entry === undefined) return undefined
    this.#entries = [...this.#entries.filter((one) => one !== entry), entry]
    return entry.value
  }

  put(key: string, value: number | null, offset: number): void {
    const bytes = key.length + ENTRY_BYTES + (value === null ? 0 : 8)
    this.#entries = [...this.#entries.filter((one) => one.key !== key), { key, value, offset, bytes, dirty: true }]
    this.#dirty = [...this.#dirty.filter((one) => one !== key), key]
    while (this.bytes > this.#maxBytes && this.#entries.length > 0) {
      const [eldest] = this.#entries.splice(0, 1)
      if (eldest.dirty) this.flush(eldest)
    }
  }

  flush(evicted?: Held): void {
    if (this.#dirty.length === 0) return
    const dirty = this.#dirty.filter((key) => key !== evicted?.key)
    const entries = dirty.map((key) => this.#entries.find((one) => one.key === key) as Held)
    for (const entry of entries) entry.dirty = false
    this.#dirty = []
    const flushed = [...(evicted === undefined ? [] : [evicted]), ...entries.map((entry) => ({ ...entry }))]
    for (const { key, value, offset } of flushed) {
      this.log.push(`${key}=${value}@${offset}`)
      const again = this.#back(key, value)
      if (again !== undefined) this.put(again[0], again[1], offset)
    }
    for (const entry of flushed) {
      if (entry === evicted || entry.value !== null) continue
      this.#entries = this.#entries.filter(({ key }) => key !== entry.key)
      this.#dirty = this.#dirty.filter((key) => key !== entry.key)
    }
  }
}

describe('StoreCache', () => {
  it('flushes, evicts and weighs as Kafka Streams does, puts that come back from a flush included', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'dd', 'eee')
    const operation = fc.oneof(
      { weight: 6, arbitrary: fc.record({ put: key, value: fc.option(fc.nat(9)) }) },
      { weight: 2, arbitrary: fc.record({ get: key }) },
      { weight: 1, arbitrary: fc.constant({ flush: true }) },
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), fc.integer({ min: 50, max: 400 }), (operations, maxBytes) => {
        // A flush of `a` puts another key again, of `b` itself, of `c` deletes `a`; odd values only, so that it ends.
        const back: Back = (at, value) => {
          if (value === null || value % 2 === 0) return undefined
          if (at === 'c') return ['a', null]
          return at === 'a' ? ['eee', value - 1] : at === 'b' ? ['b', value - 1] : undefined
        }
        const model = new Model(maxBytes, back)
        const budget = new RecordCache(maxBytes)
        const context: RecordContext = { topic: 'in', partition: 0, offset: 0, timestamp: 0, headers: undefined }
        const log: string[] = []
        const cache: StoreCache = new StoreCache(budget, context, {
          serialised: () => Buffer.alloc(8),
          flushed(entry) {
            const { keys, values, objects, offsets } = cache.entries
            const at = keys[entry]
            const offset = offsets[entry]
            const number = values[entry] === null ? null : (objects[entry] as number)
            log.push(`${at}=${number}@${offset}`)
            expect(context.offset).toBe(offset)
            const again = back(at, number)
            if (again !== undefined) put(again[0], again[1])
          },
        })
        const put = (at: string, value: number | null): void => {
          if (value === null) cache.put(at, null, undefined, 0, 0)
          else cache.put(at, undefined, value, 0, 8)
        }
        for (const [offset, step] of operations.entries()) {
          context.offset = offset
          if ('put' in step) {
            put(step.put, step.value)
            model.put(step.put, step.value, offset)
          } else if ('get' in step) {
            const entry = cache.get(step.get)
            const { values, objects } = cache.entries
            expect(entry === 0 ? undefined : values[entry] === null ? null : objects[entry]).toBe(model.get(step.get))
          } else {
            cache.flush()
            model.flush()
          }
          expect(log).toEqual(model.log)
          expect(budget.bytes).toBe(model.bytes)
          expect(context.offset).toBe(offset)
        }
      }),
      { numRuns: 300 },
    )
  })
})

it('keeps no bytes of what was flushed where it has the object', () => {
  const context: RecordContext = { topic: 'in', partition: 0, offset: 1, timestamp: 1, headers: undefined }
  const slab = Buffer.from('[1] of a slab that is much larger')
  const cache: StoreCache = new StoreCache(new RecordCache(10_000), context, {
    flushed() {},
    serialised: (entry) => Buffer.from(JSON.stringify(cache.entries.objects[entry])),
  })
  cache.put('decoded', slab.subarray(0, 3), [1], 1, 3)
  cache.put('bytes only', slab.subarray(0, 3), undefined, 0, 3)
  cache.flush()
  expect(cache.entries.values[cache.get('decoded')]).toBeUndefined()
  expect(cache.range(undefined, undefined, false).map(([key, value]) => [key, String(value)])).toEqual([
    ['bytes only', '[1]'],
    ['decoded', '[1]'],
  ])
})

it('flushes what is dirty and nothing else after a flush that failed', () => {
  const context: RecordContext = { topic: 'in', partition: 0, offset: 1, timestamp: 1, headers: undefined }
  const log: string[] = []
  let failing = false
  const cache: StoreCache = new StoreCache(new RecordCache(10_000), context, {
    flushed(entry) {
      const { keys, objects } = cache.entries
      if (failing) throw new Error('the listener fails')
      log.push(`${keys[entry]}=${objects[entry]}`)
    },
    serialised: () => Buffer.alloc(8),
  })
  const put = (key: string, value: number): void => cache.put(key, undefined, value, 0, 8)
  for (const [index, key] of ['a', 'b', 'c', 'd'].entries()) put(key, index)
  failing = true
  expect(() => cache.flush()).toThrow('the listener fails')
  failing = false
  put('b', 5)
  cache.flush()
  put('e', 6)
  cache.flush()
  expect(log).toEqual(['b=5', 'e=6'])
})
