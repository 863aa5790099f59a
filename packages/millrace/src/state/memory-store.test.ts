import { describe, expect, it } from 'vitest'
import { byteStoreContract } from './contract/byte-store-contract.ts'
import { MemoryStore } from './memory-store.ts'

byteStoreContract({ describe, it, expect }, { name: 'memory', open: (name) => new MemoryStore(name) })

describe('MemoryStore', () => {
  it('keeps its order while keys come and go after the first range', () => {
    const store = new MemoryStore('s')
    store.writeStrings([['b', new Uint8Array()]], 1)
    expect([...store.rangeStrings(undefined, undefined, false)].length).toBe(1)
    store.writeStrings(
      [
        ['a', new Uint8Array()],
        ['b', null],
        ['c', new Uint8Array()],
        ['c', new Uint8Array()],
      ],
      2,
    )
    expect([...store.rangeStrings(undefined, undefined, false)].map(([key]) => key)).toEqual(['a', 'c'])
    expect(store.approximateEntries()).toBe(2)
  })
})
