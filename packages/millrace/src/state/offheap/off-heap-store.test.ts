import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteStoreContract } from '../contract/byte-store-contract.ts'
import { MemoryStore } from '../memory-store.ts'
import { OffHeapStore } from './off-heap-store.ts'

for (const segmented of [false, true]) {
  const name = segmented ? 'off-heap, by segment' : 'off-heap'
  byteStoreContract({ describe, it, expect }, { name, open: (store) => new OffHeapStore(store, { segmented }) })
}

const hex = (entries: Iterable<readonly [Uint8Array, Uint8Array]>): string[] =>
  [...entries].map(([key, value]) => `${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`)

describe('OffHeapStore', () => {
  const key = fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc
      .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 1 }), fc.uint8Array({ maxLength: 2 }))
      .map(([a, b, tail]) => Uint8Array.of(0, 0, 0, 0, 0, 0, a, b, ...tail)),
    fc.integer({ min: 0, max: 3 }).map((fill) => new Uint8Array(1_100).fill(fill)),
  )
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: 0, max: 70_000 }).map((length) => new Uint8Array(length).fill(length)),
  )
  const write = fc.array(fc.tuple(key, fc.option(value, { freq: 2 })), { maxLength: 20 })
  const step = fc.oneof(
    { weight: 8, arbitrary: write.map((changes) => ({ changes })) },
    { weight: 1, arbitrary: fc.tuple(key, key).map((drop) => ({ drop })) },
    { weight: 1, arbitrary: fc.record({ ranged: fc.tuple(key, key), reverse: fc.boolean() }) },
  )

  it('does what a map does, by segment or not', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), (steps, segmented) => {
        const model = new MemoryStore('model')
        const store = new OffHeapStore('store', { segmented })
        for (const each of steps) {
          if ('changes' in each) for (const one of [model, store]) one.write(each.changes, 1)
          else if ('drop' in each) for (const one of [model, store]) one.deleteRange(...each.drop)
          else {
            const [from, to] = each.ranged
            const range = { from, to, reverse: each.reverse }
            expect(hex(store.range(range))).toEqual(hex(model.range(range)))
          }
          expect(store.approximateEntries()).toBe(model.approximateEntries())
        }
        expect(hex(store.range())).toEqual(hex(model.range()))
        for (const [each, held] of model.range()) {
          expect(Buffer.compare(store.get(each) ?? Buffer.alloc(0), held)).toBe(0)
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('memory of an OffHeapStore', () => {
  const record = (index: number): string => `user-${String(index).padStart(8, '0')}`

  it('finds every key of many while parts split, and values that grow, shrink and go', () => {
    const store = new OffHeapStore('s')
    const model = new Map<string, string>()
    let state = 1
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return (state >>> 8) % below
    }
    for (let batch = 0; batch < 25; batch++) {
      const changes = new Map<string, Uint8Array | null>()
      for (let index = 0; index < 4_000; index++) {
        const key = record(random(50_000))
        const value = random(4) === 0 ? null : 'x'.repeat(random(90))
        changes.set(key, value === null ? null : Buffer.from(value))
        if (value === null) model.delete(key)
        else model.set(key, value)
      }
      store.writeStrings(changes, batch)
    }
    expect(store.approximateEntries()).toBe(model.size)
    const keys = Array.from({ length: 50_000 }, (_, index) => record(index))
    expect(keys.filter((key) => store.getString(key)?.toString() !== model.get(key))).toEqual([])
    expect([...store.rangeStrings(undefined, undefined, true)].length).toBe(model.size)
  })

  it('keeps bytes per key low, and gives them back', () => {
    const before = process.memoryUsage().arrayBuffers
    const store = new OffHeapStore('s')
    const keys = 300_000
    const value = Buffer.alloc(16)
    for (let first = 0; first < keys; first += 10_000) {
      store.writeStrings(
        Array.from({ length: 10_000 }, (_, index) => [record(first + index).slice(0, 10), value] as const),
        1,
      )
      store.writeStrings(
        Array.from({ length: 10_000 }, (_, index) => [record(first + index), value] as const),
        1,
      )
    }
    const held = process.memoryUsage().arrayBuffers - before
    expect(held / store.approximateEntries()).toBeLessThan(70)
    // Values of another size leave holes behind; pages of holes go back.
    for (let first = 0; first < keys; first += 10_000) {
      store.writeStrings(
        Array.from({ length: 10_000 }, (_, index) => [record(first + index), Buffer.alloc(3)] as const),
        2,
      )
    }
    expect((process.memoryUsage().arrayBuffers - before) / store.approximateEntries()).toBeLessThan(70)
    store.clear()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 << 20)
  })
})
