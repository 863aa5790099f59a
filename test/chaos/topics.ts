/**
 * The topics of a chaos run and the facts about the topology that the verifier must share with it: names, window sizes. Plain
 * data: the verifier imports this and nothing of the framework.
 */

export const PARTITIONS = 4
export const WINDOW_MS = 2000
export const JOIN_WITHIN_MS = 1000

export const INPUTS: readonly string[] = ['items', 'left', 'right', 'orders', 'customers']
export const OUTPUTS: readonly string[] = [
  'echo',
  'counts',
  'groups',
  'sums',
  'joined',
  'enriched',
  'surges',
  'revivals',
  'lapses',
]

/** Both patterns over `items`: from the first event of a match to its last, and how long it must have been calm before a revival. */
export const PATTERN_WITHIN_MS = 4000
export const CALM_MS = 800

/** `items`: what echo, counts, groups, sums and the patterns are made of. `n` is from 0 to 99. */
export interface Item {
  readonly id: number
  readonly n: number
  readonly group: string
}

/** `left` and `right`. */
export interface Side {
  readonly id: number
}

/** `joined`. */
export interface Pair {
  readonly left: number
  readonly right: number
}

export interface Order {
  readonly version: number
  readonly customer: string
}

/** `surges`: a low item, items of the middle, a high one. */
export interface Surge {
  readonly low: number
  readonly middle: readonly number[]
  readonly high: number
}

/** `revivals`: a low item, nothing high for a while, then a high one. `lapses`: the low items that none came for. */
export interface Revival {
  readonly low: number
  readonly high?: number
}

export interface Customer {
  readonly version: number
}

/** `enriched`. */
export interface Enriched {
  readonly order: number
  readonly customer: string
  readonly version: number
}
