/**
 * What every byte store must do (law 4): point reads, ordered ranges both ways, atomic batches with their changelog
 * offset, range deletes, and for persistent ones to be found again as they were left. An adapter runs it in its tests.
 *
 * @example
 * byteStoreContract({ describe, it, expect }, { name: 'rocksdb', open: (name) => … , reopen: (store) => … })
 */

import type { ByteStore } from '../byte-store.ts'
import type { TestFramework } from './test-framework.ts'

export interface ByteStoreContractOptions {
  /** Shown in the names of the tests. */
  readonly name: string
  /** Opens an empty store. */
  open(storeName: string): ByteStore
  /** Persistent stores: closes this one and opens it again on the same files. */
  reopen?(store: ByteStore): ByteStore
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const text = (value: string): Uint8Array => Buffer.from(value, 'utf8')
const hex = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString('hex')

export function byteStoreContract(framework: TestFramework, options: ByteStoreContractOptions): void {
  const { describe, it, expect } = framework
  let opened = 0

  const withStore = (run: (store: ByteStore) => void): void => {
    const store = options.open(`contract-${++opened}`)
    try {
      run(store)
    } finally {
      store.close()
    }
  }
  const keys = (store: ByteStore, range?: Parameters<ByteStore['range']>[0]): (string | undefined)[] =>
    [...store.range(range)].map(([key]) => hex(key))

  describe(`byte store contract: ${options.name}`, () => {
    it('reads what was written, and nothing else', () =>
      withStore((store) => {
        expect(store.get(text('a'))).toBe(undefined)
        expect(store.changelogOffset()).toBe(undefined)
        store.write(
          [
            [text('a'), text('1')],
            [text('é'), bytes(0, 255)],
            [text('empty'), bytes()],
          ],
          5,
        )
        expect(hex(store.get(text('a')))).toBe('31')
        expect(hex(store.get(text('é')))).toBe('00ff')
        expect(hex(store.get(text('empty')))).toBe('')
        expect(store.get(text('b'))).toBe(undefined)
        expect(store.changelogOffset()).toBe(5)
      }))

    it('replaces and deletes; the last change of a key in a batch counts; deleting what is not there is no error', () =>
      withStore((store) => {
        store.write(
          [
            [text('a'), text('1')],
            [text('b'), text('2')],
          ],
          1,
        )
        store.write(
          [
            [text('a'), text('3')],
            [text('b'), null],
            [text('none'), null],
          ],
          2,
        )
        store.write(
          [
            [text('c'), text('4')],
            [text('c'), null],
            [text('d'), null],
            [text('d'), text('5')],
          ],
          3,
        )
        expect(hex(store.get(text('a')))).toBe('33')
        expect(store.get(text('b'))).toBe(undefined)
        expect(store.get(text('c'))).toBe(undefined)
        expect(hex(store.get(text('d')))).toBe('35')
        expect(keys(store)).toEqual(['61', '64'])
      }))

    it('takes a batch without changes, for its offset', () =>
      withStore((store) => {
        store.write([], 9)
        expect(store.changelogOffset()).toBe(9)
        expect(keys(store)).toEqual([])
      }))

    it('orders keys as unsigned bytes, prefixes first', () =>
      withStore((store) => {
        const all = [bytes(0x80), bytes(0x7f), bytes(0, 0), bytes(0), bytes(0xff, 0), bytes(0xff), bytes(0x61, 0x62)]
        store.write(
          all.map((key) => [key, key] as const),
          1,
        )
        const ordered = ['00', '0000', '6162', '7f', '80', 'ff', 'ff00']
        expect(keys(store)).toEqual(ordered)
        expect(keys(store, { reverse: true })).toEqual([...ordered].reverse())
      }))

    it('bounds ranges: from inclusive, to exclusive, either open, both ways', () =>
      withStore((store) => {
        store.write(
          ['a', 'b', 'c', 'd'].map((key) => [text(key), text(key)] as const),
          1,
        )
        const letters = (range: { from?: string; to?: string; reverse?: boolean }): string =>
          [
            ...store.range({
              from: range.from === undefined ? undefined : text(range.from),
              to: range.to === undefined ? undefined : text(range.to),
              reverse: range.reverse ?? false,
            }),
          ]
            .map(([, value]) => Buffer.from(value).toString())
            .join('')
        expect(letters({ from: 'b', to: 'd' })).toBe('bc')
        expect(letters({ from: 'b', to: 'd', reverse: true })).toBe('cb')
        expect(letters({ from: 'bb' })).toBe('cd')
        expect(letters({ to: 'c' })).toBe('ab')
        expect(letters({ to: 'c', reverse: true })).toBe('ba')
        expect(letters({ from: 'b', reverse: true })).toBe('dcb')
        expect(letters({ from: 'x' })).toBe('')
        expect(letters({ from: 'c', to: 'b' })).toBe('')
        expect(letters({ from: 'b', to: 'b' })).toBe('')
      }))

    it('gives arrays that stay as they are when the store goes on', () =>
      withStore((store) => {
        store.write([[text('a'), text('1')]], 1)
        const value = store.get(text('a'))
        const entries = [...store.range()]
        const copy = Buffer.from(value ?? [])
        store.write([[text('a'), text('2')]], 2)
        store.write([[text('b'), text('3')]], 3)
        expect(hex(copy)).toBe('31')
        expect(entries.length).toBe(1)
        expect(hex(store.get(text('a')))).toBe('32')
      }))

    it('drops a range of keys, and only that', () =>
      withStore((store) => {
        const all = Array.from({ length: 200 }, (_, index) => bytes(index))
        store.write(
          all.map((key) => [key, key] as const),
          1,
        )
        store.deleteRange(bytes(10), bytes(190))
        expect(keys(store).length).toBe(20)
        expect(store.get(bytes(10))).toBe(undefined)
        expect(hex(store.get(bytes(9)))).toBe('09')
        expect(hex(store.get(bytes(190)))).toBe('be')
        store.deleteRange(bytes(0), bytes(5))
        store.write([[bytes(3), bytes(3)]], 2)
        expect(keys(store).slice(0, 3)).toEqual(['03', '05', '06'])
        expect(store.changelogOffset()).toBe(2)
      }))

    it('takes an empty key, and long ones', () =>
      withStore((store) => {
        const long = Buffer.alloc(1_500, 0x61)
        store.write(
          [
            [bytes(), bytes(1)],
            [bytes(0), bytes(2)],
            [long, bytes(3)],
            [Buffer.concat([long, bytes(0)]), bytes(4)],
          ],
          1,
        )
        expect([bytes(), bytes(0), long].map((key) => hex(store.get(key)))).toEqual(['01', '02', '03'])
        expect([...store.range()].map(([, value]) => hex(value))).toEqual(['01', '02', '03', '04'])
        expect([...store.range({ from: bytes(), to: bytes(0) })].map(([, value]) => hex(value))).toEqual(['01'])
        expect(store.get(Buffer.alloc(5_000, 0x61))).toBe(undefined)
        store.write([[bytes(), null]], 2)
        expect(store.get(bytes())).toBe(undefined)
        expect(keys(store).length).toBe(3)
      }))

    it('takes many changes of one batch in their order, and ranges over what it just took', () =>
      withStore((store) => {
        const key = (index: number): Uint8Array => text(`key-${String(index).padStart(4, '0')}`)
        const changes: [Uint8Array, Uint8Array | null][] = []
        for (let index = 0; index < 1_000; index++) changes.push([key(index), bytes(1)])
        for (let index = 0; index < 1_000; index += 2) changes.push([key(index), null])
        for (let index = 0; index < 1_000; index += 4) changes.push([key(index), bytes(2)])
        store.write(changes, 1)
        const values = [...store.range()].map(([, value]) => hex(value))
        expect(values.length).toBe(750)
        expect(values.slice(0, 6)).toEqual(['02', '01', '01', '02', '01', '01'])
      }))

    it('ends a range that is left early, and writes then', () =>
      withStore((store) => {
        const all = Array.from({ length: 3_000 }, (_, index) => text(`key-${String(index).padStart(4, '0')}`))
        store.write(
          all.map((key) => [key, key] as const),
          1,
        )
        for (let round = 0; round < 50; round++) {
          let seen = 0
          for (const _ of store.range({ reverse: round % 2 === 0 })) if (++seen === 100) break
          expect(seen).toBe(100)
        }
        store.write([[all[0], null]], 2)
        expect(keys(store).length).toBe(2_999)
      }))

    it('keeps large values and many keys', () =>
      withStore((store) => {
        const large = Buffer.alloc(2_000_000, 7)
        store.write([[text('large'), large]], 1)
        expect(Buffer.compare(store.get(text('large')) ?? bytes(), large)).toBe(0)
        const many = Array.from({ length: 5_000 }, (_, index) => text(`key-${String(index).padStart(5, '0')}`))
        store.write(
          many.map((key) => [key, key] as const),
          2,
        )
        expect(keys(store, { from: text('key-'), to: text('key.') }).length).toBe(5_000)
        expect(hex(store.get(many[4_321]))).toBe(hex(many[4_321]))
      }))

    it('forgets everything when it is cleared, offset included', () =>
      withStore((store) => {
        store.write([[text('a'), text('1')]], 4)
        store.clear()
        expect(store.get(text('a'))).toBe(undefined)
        expect(keys(store)).toEqual([])
        expect(store.changelogOffset()).toBe(undefined)
        store.write([[text('b'), text('2')]], 1)
        expect(keys(store)).toEqual(['62'])
      }))

    it('offers byte strings, where it does, over the same content', () =>
      withStore((store) => {
        const { strings } = store
        if (strings === undefined) return expect(store.persistent).toBe(true)
        strings.writeStrings(
          [
            ['\xff\0', bytes(1)],
            ['a', bytes(2)],
          ],
          3,
        )
        expect(hex(store.get(bytes(0xff, 0)))).toBe('01')
        expect(hex(strings.getString('a'))).toBe('02')
        expect([...strings.rangeStrings('a', undefined, true)].map(([key]) => key)).toEqual(['\xff\0', 'a'])
        expect(store.changelogOffset()).toBe(3)
      }))

    it('gives all its keys, where it offers that', () =>
      withStore((store) => {
        const { strings } = store
        if (strings?.keys === undefined) return
        expect([...strings.keys()]).toEqual([])
        strings.writeStrings(
          ['b', 'a\xff', 'c'].map((key) => [key, bytes(1)] as const),
          1,
        )
        strings.writeStrings([['b', null]], 2)
        expect([...strings.keys()].sort()).toEqual(['a\xff', 'c'])
      }))

    const { reopen } = options
    if (reopen === undefined) return
    it('is found again as it was left', () => {
      let store = options.open(`contract-${++opened}`)
      store.write(
        [
          [text('a'), text('1')],
          [text('b'), text('2')],
        ],
        7,
      )
      store.write([[text('b'), null]], 8)
      store = reopen(store)
      expect(keys(store)).toEqual(['61'])
      expect(store.changelogOffset()).toBe(8)
      store.close()
    })

    it('does not bring back, when found again, what was dropped or cleared', () => {
      let store = options.open(`contract-${++opened}`)
      store.write(
        Array.from({ length: 6_000 }, (_, index) => [text(`key-${String(index).padStart(4, '0')}`), bytes(1)] as const),
        1,
      )
      store.deleteRange(text('key-0000'), text('key-5990'))
      store = reopen(store)
      expect(keys(store).length).toBe(10)
      expect(store.changelogOffset()).toBe(1)
      store.clear()
      store = reopen(store)
      expect(keys(store)).toEqual([])
      expect(store.changelogOffset()).toBe(undefined)
      store.close()
    })
  })
}
