import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { int64At, int64String } from './byte-string.ts'
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

/** What is looked for once a window's entry was flushed: all times of its key in its segment, in one order or the other. */
function findAfter(key: string): readonly [segment: string, name: string, reverse: boolean] | undefined {
  if (key.length < 17) return undefined
  return [key.slice(0, 8), key.slice(8, -8), int64At(key, key.length - 8) % 2 === 0]
}

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

  findTimes(prefix: string, first: number, last: number, suffix: number, reverse: boolean): [string, number | null][] {
    const keys = this.#entries
      .map(({ key }) => key)
      .filter((key) => {
        const time = int64At(key, prefix.length)
        return key.length === prefix.length + suffix && key.startsWith(prefix) && time >= first && time <= last
      })
    const found = keys.sort().map((key) => [key, this.#entries.find((one) => one.key === key)?.value ?? null] as const)
    for (const [key] of reverse ? [...found].reverse() : found) this.get(key)
    return found.map(([key, value]) => [key, value])
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
      const find = findAfter(key)
      if (find !== undefined) {
        this.log.push(JSON.stringify(this.findTimes(find[0] + find[1], 0, Number.MAX_SAFE_INTEGER - 1, 8, find[2])))
      }
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

type Find = readonly [segment: number, name: string, first: number, last: number]

/** Does the same to the model and to the cache, with a store that answers flushes with puts, and compares all there is to see. */
function sameAsModel(
  operations: readonly (
    | { put: string; value: number | null }
    | { get: string }
    | { find: Find; reverse: boolean }
    | { flush: true }
  )[],
  maxBytes: number,
  back: Back,
): void {
  const model = new Model(maxBytes, back)
  const budget = new RecordCache(maxBytes)
  const context: RecordContext = { topic: 'in', partition: 0, offset: 0, timestamp: 0, headers: undefined }
  const log: string[] = []
  const cache: StoreCache = new StoreCache(budget, context, {
    serialised: () => Buffer.alloc(8),
    flushed(entry) {
      const { keys, offsets } = cache.entries
      const at = keys[entry]
      const offset = offsets[entry]
      const number = shownValue(entry) as number | null
      log.push(`${at}=${number}@${offset}`)
      expect(context.offset).toBe(offset)
      const find = findAfter(at)
      if (find !== undefined) {
        const found = cache.findTimes(find[0], find[1], 0, Number.MAX_SAFE_INTEGER - 1, 8, find[2])
        log.push(JSON.stringify(found.map((each) => [keys[each], shownValue(each)])))
      }
      const again = back(at, number)
      if (again !== undefined) put(again[0], again[1])
    },
  })
  const shownValue = (entry: number): unknown => {
    const { values, objects } = cache.entries
    return values[entry] === null ? null : objects[entry]
  }
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
      expect(entry === 0 ? undefined : shownValue(entry)).toBe(model.get(step.get))
    } else if ('find' in step) {
      const [segment, name, first, last] = step.find
      const found = cache.findTimes(int64String(segment), name, first, last, 8, step.reverse)
      const expected = model.findTimes(int64String(segment) + name, first, last, 8, step.reverse)
      expect(found.map((entry) => [cache.entries.keys[entry], shownValue(entry)])).toEqual(expected)
    } else {
      cache.flush()
      model.flush()
    }
    expect(log).toEqual(model.log)
    expect(budget.bytes).toBe(model.bytes)
    expect(context.offset).toBe(offset)
  }
}

describe('StoreCache', () => {
  const value = fc.option(fc.nat(9))
  const flush = { weight: 1, arbitrary: fc.constant({ flush: true } as const) }

  it('flushes, evicts and weighs as Kafka Streams does, puts that come back from a flush included', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'dd', 'eee')
    const operation = fc.oneof(
      { weight: 6, arbitrary: fc.record({ put: key, value }) },
      { weight: 2, arbitrary: fc.record({ get: key }) },
      flush,
    )
    // A flush of `a` puts another key again, of `b` itself, of `c` deletes `a`; odd values only, so that it ends.
    const back: Back = (at, value) => {
      if (value === null || value % 2 === 0) return undefined
      if (at === 'c') return ['a', null]
      return at === 'a' ? ['eee', value - 1] : at === 'b' ? ['b', value - 1] : undefined
    }
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), fc.integer({ min: 50, max: 400 }), (operations, maxBytes) =>
        sameAsModel(operations, maxBytes, back),
      ),
      { numRuns: 300 },
    )
  })

  it('finds the times of a key and touches them in turn, as a search of all entries would', () => {
    const windowKey = (segment: number, name: string, time: number): string =>
      int64String(segment) + name + int64String(time)
    const segment = fc.nat(1)
    const name = fc.constantFrom('a', 'ab')
    const time = fc.nat(4)
    const key = fc.tuple(segment, name, time).map((of) => windowKey(...of))
    const operation = fc.oneof(
      { weight: 6, arbitrary: fc.record({ put: key, value }) },
      { weight: 1, arbitrary: fc.record({ get: key }) },
      {
        weight: 5,
        arbitrary: fc.record({
          find: fc.tuple(segment, name, fc.nat(1), fc.integer({ min: 1, max: 5 })),
          reverse: fc.boolean(),
        }),
      },
      flush,
    )
    // A flush of some puts themselves again, of others the next time of the same key, or deletes it.
    const back: Back = (at, value) => {
      if (value === null || value % 2 === 0) return undefined
      const time = int64At(at, at.length - 8)
      return time % 2 === 0
        ? [at, value - 1]
        : [at.slice(0, -8) + int64String(time + 1), value === 1 ? null : value - 1]
    }
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 120 }),
        fc.integer({ min: 200, max: 1_500 }),
        (operations, maxBytes) => sameAsModel(operations, maxBytes, back),
      ),
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
