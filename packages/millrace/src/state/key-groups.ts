/**
 * The keys of segmented stores, `segment || key || time || rest`, by segment and key: finding a key's few entries in a
 * segment, and letting a segment go, cost no more for all the others there are. Made when somebody first asks.
 *
 * Its owner tells it of keys that come and go, as a member that says its key: the key itself, or the number of an entry that
 * has it. A group is one member where there is one, as mostly, else a sorted array.
 */

import { int64At } from './byte-string.ts'

/** Bytes of a segment: what keys begin with. */
export const SEGMENT_BYTES = 8

const NONE: readonly never[] = Object.freeze([])

type Group<M> = M | M[]

export class KeyGroups<M extends string | number> {
  readonly #members: () => Iterable<M>
  readonly #keyOf: (member: M) => string
  #segments: Map<string, Map<string, Group<M>>> | undefined
  /** Bytes behind a key: its time and the rest. */
  #suffix = 0
  #lastId = ''
  #last: Map<string, Group<M>> | undefined

  /**
   * @param members the owner's now, in any order
   * @param keyOf a member's key: the same from its coming until it has gone
   */
  constructor(members: () => Iterable<M>, keyOf: (member: M) => string) {
    this.#members = members
    this.#keyOf = keyOf
  }

  /** False: nothing has to be told. */
  get built(): boolean {
    return this.#segments !== undefined
  }

  /** @param of its segment and the key itself, where the caller has them at hand */
  added(member: M, of?: readonly [segment: string, key: string]): void {
    if (this.#segments === undefined) return
    const key = this.#keyOf(member)
    const segment = of === undefined ? key.slice(0, SEGMENT_BYTES) : of[0]
    const middle = of === undefined ? key.slice(SEGMENT_BYTES, -this.#suffix) : of[1]
    const groups = this.#segment(segment) ?? this.#newSegment(segment)
    const group = groups.get(middle)
    if (group === undefined) groups.set(middle, member)
    else if (typeof group === 'object') this.#insert(group, member, key)
    else if (group !== member) groups.set(middle, this.#keyOf(group) < key ? [group, member] : [member, group])
  }

  removed(member: M): void {
    if (this.#segments === undefined) return
    const key = this.#keyOf(member)
    const groups = this.#segment(key.slice(0, SEGMENT_BYTES))
    if (groups === undefined) return
    const middle = key.slice(SEGMENT_BYTES, -this.#suffix)
    const group = groups.get(middle)
    if (group === member) groups.delete(middle)
    else if (typeof group === 'object') {
      const at = this.#lowerBound(group, key)
      if (group[at] === member) group.splice(at, 1)
      if (group.length === 1) groups.set(middle, group[0])
    }
  }

  /** What is there is to be asked for again. */
  forget(): void {
    this.#segments = undefined
    this.#last = undefined
    this.#lastId = ''
  }

  cleared(): void {
    this.#segments?.clear()
    this.#last = undefined
    this.#lastId = ''
  }

  /** Forgets segments within [from, to). */
  dropSegments(from: string, to: string): void {
    for (const [segment, groups] of this.#segments ?? []) {
      if (segment < from || segment >= to) continue
      this.#segments?.delete(segment)
      if (groups === this.#last) this.#last = undefined
    }
  }

  /** A key's members in a segment with a time within [first, last], ascending. */
  find(segment: string, key: string, first: number, last: number, suffixBytes: number): readonly M[] {
    if (this.#segments === undefined) this.#build(suffixBytes)
    const group = this.#segment(segment)?.get(key)
    if (group === undefined) return NONE
    const timeAt = SEGMENT_BYTES + key.length
    if (typeof group !== 'object') {
      const time = int64At(this.#keyOf(group), timeAt)
      return time >= first && time <= last ? [group] : NONE
    }
    const start = this.#firstFrom(group, timeAt, first)
    const end = this.#firstFrom(group, timeAt, last + 1)
    return start === end ? NONE : group.slice(start, end)
  }

  #segment(id: string): Map<string, Group<M>> | undefined {
    if (id === this.#lastId && this.#last !== undefined) return this.#last
    const groups = this.#segments?.get(id)
    if (groups !== undefined) {
      this.#lastId = id
      this.#last = groups
    }
    return groups
  }

  #newSegment(id: string): Map<string, Group<M>> {
    const groups = new Map<string, Group<M>>()
    this.#segments?.set(id, groups)
    return groups
  }

  #build(suffixBytes: number): void {
    this.#suffix = suffixBytes
    this.#segments = new Map()
    for (const member of this.#members()) this.added(member)
  }

  #insert(group: M[], member: M, key: string): void {
    if (key > this.#keyOf(group[group.length - 1])) group.push(member)
    else {
      const at = this.#lowerBound(group, key)
      if (group[at] !== member) group.splice(at, 0, member)
    }
  }

  /** The first of a group whose key is not before this one. */
  #lowerBound(group: readonly M[], key: string): number {
    let low = 0
    let high = group.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#keyOf(group[middle]) < key) low = middle + 1
      else high = middle
    }
    return low
  }

  /** The first of a group whose time is not before this one. */
  #firstFrom(group: readonly M[], timeAt: number, time: number): number {
    let low = 0
    let high = group.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (int64At(this.#keyOf(group[middle]), timeAt) < time) low = middle + 1
      else high = middle
    }
    return low
  }
}
