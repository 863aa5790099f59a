import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ByteStore } from './byte-store.ts'
import { int64At, int64String } from './byte-string.ts'
import { MemoryStore } from './memory-store.ts'
import { OffHeapStore } from './offheap/off-heap-store.ts'
import { Overlay } from './overlay.ts'

const key = fc.stringMatching(/^[a-e\0\xff]{0,3}$/)
const bound = fc.option(key, { nil: undefined })
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('put' as const), key, value: fc.nat(9), length: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('range' as const), from: bound, to: bound, reverse: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('commit' as const), again: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rollback' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('expire' as const), from: key, to: key }) },
)

/** The memory store without its shortcut, as adapters are. */
function withoutStrings(): ByteStore {
  const store = new MemoryStore('s')
  return {
    name: 's',
    persistent: true,
    get: (at) => store.get(at),
    range: (options) => store.range(options),
    write: (changes, offset) => store.write(changes, offset),
    deleteRange: (from, to) => store.deleteRange(from, to),
    changelogOffset: () => store.changelogOffset(),
    approximateEntries: () => store.approximateEntries(),
    clear: () => store.clear(),
    close: () => store.close(),
  }
}

/** A value as text: its bytes. */
function shown(value: Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : [...value].join()
}

function expectedRange(model: Map<string, string>, from: string | undefined, to: string | undefined, reverse: boolean) {
  const found = [...model].filter(([at]) => (from === undefined || at >= from) && (to === undefined || at < to))
  found.sort(([a], [b]) => (a < b ? -1 : 1))
  return reverse ? found.reverse() : found
}

describe.each([
  ['over a store of byte strings', () => new MemoryStore('s')],
  ['over a store of bytes', withoutStrings],
  ['over a store that is written in slices', () => Object.assign(new MemoryStore('s'), { sliceOfWrite: 2 })],
  ['over a store that takes whole batches', () => new OffHeapStore('s')],
  [
    'over one with segments, in slices',
    () => Object.assign(new OffHeapStore('s', { segmented: true }), { sliceOfWrite: 3 }),
  ],
  ['over a store of bytes that is written in slices', () => ({ ...withoutStrings(), sliceOfWrite: 1 })],
])('Overlay %s', (_, open) => {
  it('equals a map that is committed and rolled back, whatever is done to it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const store = open()
        const overlay = new Overlay(store)
        let committed = new Map<string, string>()
        let model = new Map<string, string>()
        let expired: [string, string][] = []
        let offset = 0
        for (const action of steps) {
          if (action.do === 'put') {
            const value = new Uint8Array(action.length).fill(action.value)
            overlay.put(action.key, value)
            model.set(action.key, shown(value) as string)
            value.fill(77)
          } else if (action.do === 'delete') {
            overlay.put(action.key, null)
            model.delete(action.key)
          } else if (action.do === 'range') {
            const { from, to, reverse } = action
            const found = [...overlay.range(from, to, reverse)].map(([at, value]) => [at, shown(value)])
            expect(found).toEqual(expectedRange(model, from, to, reverse))
            expect(overlay.firstKey(from, to)).toBe(expectedRange(model, from, to, false)[0]?.[0])
          } else if (action.do === 'expire') {
            overlay.expire(action.from, action.to)
            expired.push([action.from, action.to])
          } else if (action.do === 'commit') {
            const before = store.changelogOffset()
            while (overlay.commitSlice()) {
              expect(store.changelogOffset()).toBe(before)
              const found = [...overlay.range(undefined, undefined, false)].map(([at, value]) => [at, shown(value)])
              expect(found).toEqual(expectedRange(model, undefined, undefined, false))
            }
            if (action.again) {
              // Nobody should write between a slice and the commit; if somebody does, it is not lost.
              overlay.put('a', Uint8Array.of(7))
              model.set('a', '7')
            }
            overlay.commit(++offset)
            for (const [from, to] of expired)
              for (const at of [...model.keys()]) if (at >= from && at < to) model.delete(at)
            expired = []
            committed = new Map(model)
            expect(overlay.bytes).toBe(0)
            expect(store.changelogOffset()).toBe(offset)
          } else {
            overlay.rollback()
            model = new Map(committed)
            expired = []
          }
          for (const at of ['', 'a', 'b\xff']) {
            expect(shown(overlay.get(at))).toBe(model.get(at))
            const view = { bytes: Buffer.alloc(0), start: 0, end: 0 }
            const there = overlay.view(at, view)
            expect(there ? shown(view.bytes.subarray(view.start, view.end)) : undefined).toBe(model.get(at))
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it("finds one key's entries in a segment by time, whatever was committed, rolled back, deleted and dropped", () => {
    const names = fc.constantFrom('a', 'ab', 'a\0\0\0\0\0\0\0\x05')
    const at = fc
      .tuple(fc.nat(2), names, fc.nat(6), fc.nat(2))
      .map(([segment, name, time, rest]) => `${int64String(segment)}${name}${int64String(time)}\0\0\0${rest}`)
    const action = fc.oneof(
      { weight: 6, arbitrary: fc.record({ put: at, value: fc.nat(9) }) },
      { weight: 3, arbitrary: fc.record({ delete: at }) },
      { weight: 4, arbitrary: fc.record({ find: fc.tuple(fc.nat(2), names, fc.nat(6), fc.nat(6)) }) },
      { weight: 2, arbitrary: fc.constant({ commit: true }) },
      { weight: 1, arbitrary: fc.constant({ rollback: true }) },
      { weight: 1, arbitrary: fc.record({ drop: fc.tuple(fc.nat(2), fc.nat(3)) }) },
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const overlay = new Overlay(open())
        let committed = new Map<string, string>()
        let model = new Map<string, string>()
        for (const one of actions) {
          if ('put' in one) {
            overlay.put(one.put, Uint8Array.of(one.value))
            model.set(one.put, `${one.value}`)
          } else if ('delete' in one) {
            overlay.put(one.delete, null)
            model.delete(one.delete)
          } else if ('find' in one) {
            const [segment, name, first, last] = one.find
            const prefix = int64String(segment) + name
            const found = overlay.findTimes(int64String(segment), name, first, last, 12)
            const expected = expectedRange(model, prefix, undefined, false).filter(([key]) => {
              if (key.length !== prefix.length + 12 || !key.startsWith(prefix)) return false
              const time = int64At(key, prefix.length)
              return time >= first && time <= last
            })
            expect(found.map(([key, value]) => [key, shown(value)])).toEqual(expected)
          } else if ('rollback' in one) {
            overlay.rollback()
            model = new Map(committed)
          } else {
            if ('drop' in one) {
              const [from, to] = [int64String(one.drop[0]), int64String(one.drop[1])]
              overlay.expire(from, to)
              for (const key of [...model.keys()]) if (key >= from && key < to) model.delete(key)
            }
            overlay.commit(1)
            committed = new Map(model)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  it('gives a range as it was asked for while it is written', () => {
    const overlay = new Overlay(open())
    for (const at of ['a', 'c']) overlay.put(at, Uint8Array.of(1))
    overlay.commit(1)
    for (const at of ['b', 'd']) overlay.put(at, Uint8Array.of(1))
    const seen: string[] = []
    for (const [at] of overlay.range(undefined, undefined, true)) {
      seen.push(at)
      overlay.put(at, null)
      overlay.put(`${at}x`, Uint8Array.of(2))
      overlay.put('0', Uint8Array.of(2))
    }
    expect(seen).toEqual(['d', 'c', 'b', 'a'])
  })

  it('counts what waits for the commit', () => {
    const overlay = new Overlay(open())
    overlay.put('ab', new Uint8Array(10))
    overlay.put('ab', new Uint8Array(3))
    expect(overlay.bytes).toBe(5)
    overlay.put('ab', null)
    overlay.put('c', null)
    expect(overlay.bytes).toBe(3)
  })

  it('writes a large commit in slices, of which only the last moves the offset', () => {
    const store = Object.assign(open(), { sliceOfWrite: 10 })
    const overlay = new Overlay(store)
    overlay.put('0', Uint8Array.of(0))
    overlay.commit(1)
    for (let n = 0; n < 35; n++) overlay.put(`k${n}`, Uint8Array.of(n))
    let slices = 0
    while (overlay.commitSlice()) {
      slices++
      expect([...store.range()]).toHaveLength(1 + 10 * slices)
      expect(store.changelogOffset()).toBe(1)
    }
    expect(slices).toBe(3)
    overlay.commit(2)
    expect([...store.range()]).toHaveLength(36)
    expect(store.changelogOffset()).toBe(2)
    expect(overlay.commitSlice()).toBe(false)
  })

  it('holds more than a batch, large values and values that grow among it', () => {
    const store = open()
    const overlay = new Overlay(store)
    const expected = new Map<string, number>()
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 3000; n++) {
        const at = `key ${n * 7}`
        const value = new Uint8Array(n % 500 === 0 ? 300_000 + round : 150 + ((n + round) % 3)).fill(n % 251)
        overlay.put(at, n % 100 === 99 && round === 2 ? null : value)
        if (n % 100 === 99 && round === 2) expected.delete(at)
        else expected.set(at, value.length)
      }
      if (round === 1) overlay.commit(1)
    }
    const bytes = [...expected].reduce((sum, [at, length]) => sum + at.length + length, 0)
    const deleted = 30 * 'key 1'.length
    expect(overlay.bytes).toBeGreaterThan(bytes + deleted)
    while (overlay.commitSlice());
    overlay.commit(2)
    expect(overlay.bytes).toBe(0)
    expect([...overlay.range(undefined, undefined, false)].map(([at, value]) => [at, value.length])).toEqual(
      [...expected].sort(([a], [b]) => (a < b ? -1 : 1)),
    )
    for (const [at, length] of expected) expect(overlay.get(at)?.length).toBe(length)
  })

  it('does not keep the values that were replaced before a commit', () => {
    const store: ByteStore = open()
    const overlay = new Overlay(store)
    for (let n = 0; n < 50; n++) overlay.put(`other ${n}`, new Uint8Array(10).fill(n))
    const values = Array.from({ length: 7 }, (_, longer) => new Uint8Array(4000 + longer))
    const before = process.memoryUsage().arrayBuffers
    for (let n = 0; n < 20_000; n++) overlay.put(`key ${n % 3}`, values[n % 7])
    // Batches of a few changes are small buffers, of which the garbage is not collected yet.
    if (store.sliceOfWrite === undefined) expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(40 << 20)
    for (let n = 0; n < 50; n++) expect(overlay.get(`other ${n}`)?.[9]).toBe(n)
    overlay.commit(1)
    expect(overlay.get('key 1')?.length).toBe(4000 + (19_999 % 7))
    expect([...overlay.range(undefined, undefined, false)]).toHaveLength(53)
  })
})
