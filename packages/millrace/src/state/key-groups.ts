/**
 * The keys of segmented stores, `segment || key || time || rest`, by segment and key: finding a key's few entries in a
 * segment, and letting a segment go, cost no more for all the others there are. Made when somebody first asks.
 *
 * Its owner tells it of keys that come and go. A group is one string where there is one, as mostly, else a sorted array.
 */

import { int64At, lowerBound } from './byte-string.ts'

/** Bytes of a segment: what keys begin with. */
export const SEGMENT_BYTES = 8

const NONE: readonly string[] = Object.freeze([])

type Group = string | string[]

export class KeyGroups {
  readonly #keys: () => Iterable<string>
  #segments: Map<string, Map<string, Group>> | undefined
  /** Bytes behind a key: its time and the rest. */
  #suffix = 0
  #lastId = ''
  #last: Map<string, Group> | undefined

  /** @param keys the owner's keys now, in any order */
  constructor(keys: () => Iterable<string>) {
    this.#keys = keys
  }

  /** False: nothing has to be told. */
  get built(): boolean {
    return this.#segments !== undefined
  }

  /** @param of its segment and the key itself, where the caller has them at hand */
  added(key: string, of?: readonly [segment: string, key: string]): void {
    if (this.#segments === undefined) return
    const segment = of === undefined ? key.slice(0, SEGMENT_BYTES) : of[0]
    const middle = of === undefined ? key.slice(SEGMENT_BYTES, -this.#suffix) : of[1]
    const groups = this.#segment(segment) ?? this.#newSegment(segment)
    const group = groups.get(middle)
    if (group === undefined) groups.set(middle, key)
    else if (typeof group !== 'string') insert(group, key)
    else if (group !== key) groups.set(middle, group < key ? [group, key] : [key, group])
  }

  removed(key: string): void {
    const groups = this.#segments === undefined ? undefined : this.#segment(key.slice(0, SEGMENT_BYTES))
    if (groups === undefined) return
    const middle = key.slice(SEGMENT_BYTES, -this.#suffix)
    const group = groups.get(middle)
    if (group === key) groups.delete(middle)
    else if (typeof group === 'object') {
      const at = lowerBound(group, key)
      if (group[at] === key) group.splice(at, 1)
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

  /** A key's entries in a segment with a time within [first, last], ascending. */
  find(segment: string, key: string, first: number, last: number, suffixBytes: number): readonly string[] {
    if (this.#segments === undefined) this.#build(suffixBytes)
    const group = this.#segment(segment)?.get(key)
    if (group === undefined) return NONE
    const timeAt = SEGMENT_BYTES + key.length
    if (typeof group === 'string') {
      const time = int64At(group, timeAt)
      return time >= first && time <= last ? [group] : NONE
    }
    const start = firstFrom(group, timeAt, first)
    const end = firstFrom(group, timeAt, last + 1)
    return start === end ? NONE : group.slice(start, end)
  }

  #segment(id: string): Map<string, Group> | undefined {
    if (id === this.#lastId && this.#last !== undefined) return this.#last
    const groups = this.#segments?.get(id)
    if (groups !== undefined) {
      this.#lastId = id
      this.#last = groups
    }
    return groups
  }

  #newSegment(id: string): Map<string, Group> {
    const groups = new Map<string, Group>()
    this.#segments?.set(id, groups)
    return groups
  }

  #build(suffixBytes: number): void {
    this.#suffix = suffixBytes
    this.#segments = new Map()
    for (const key of this.#keys()) this.added(key)
  }
}

function insert(group: string[], key: string): void {
  const last = group[group.length - 1]
  if (key > last) group.push(key)
  else {
    const at = lowerBound(group, key)
    if (group[at] !== key) group.splice(at, 0, key)
  }
}

/** The first of a group whose time is not before this one. */
function firstFrom(group: readonly string[], timeAt: number, time: number): number {
  let low = 0
  let high = group.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (int64At(group[middle], timeAt) < time) low = middle + 1
    else high = middle
  }
  return low
}
