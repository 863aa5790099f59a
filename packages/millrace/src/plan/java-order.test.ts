import { describe, expect, it } from 'vitest'
import { JavaTreeSet, javaHashOrder, javaStringHash } from './java-order.ts'

describe('java orders', () => {
  it('hashes strings as Java does', () => {
    expect(javaStringHash('')).toBe(0)
    expect(javaStringHash('hello')).toBe(99162322)
    expect(javaStringHash('polygenelubricants')).toBe(-2147483648)
  })

  it('walks a hash set by bucket, then by insertion', () => {
    // "Aa" and "BB" have one hash; "a", "b" are neighbours
    expect(javaHashOrder(['b', 'BB', 'a', 'Aa'])).toEqual(['BB', 'Aa', 'a', 'b'])
    expect(javaHashOrder(['b', 'Aa', 'a', 'BB', 'b'])).toEqual(['Aa', 'BB', 'a', 'b'])
  })

  it('knows that a copied set of twelve has a larger table than one that grew to twelve', () => {
    const names = Array.from({ length: 12 }, (_, i) => String.fromCharCode(97 + i * 2))
    expect(javaHashOrder(names)).not.toEqual(javaHashOrder(names, true))
    expect(javaHashOrder(names, true)).toEqual(names)
  })

  it('sorts in a tree as long as the order holds', () => {
    const tree = new JavaTreeSet<number>((a, b) => a - b)
    const numbers = Array.from({ length: 200 }, (_, i) => (i * 73) % 101)
    for (const number of numbers) tree.add(number)
    expect(tree.values()).toEqual([...new Set(numbers)].sort((a, b) => a - b))
  })

  it('rotates as java.util.TreeSet does, which shows when the order changes while it is filled', () => {
    // 1, 2, 3 ascending make 2 the root: an element then compared as "before all" must go left of 1, past 2 and 1 only.
    const compared: number[] = []
    const tree = new JavaTreeSet<number>((a, b) => {
      if (a === 0) compared.push(b)
      return a - b
    })
    for (const number of [1, 2, 3, 0]) tree.add(number)
    expect(compared).toEqual([2, 1])
  })
})
