/**
 * The topics of a chaos run and the facts about the topology that the verifier must share with it: names, window sizes. Plain
 * data: the verifier imports this and nothing of the framework.
 */

export const PARTITIONS = 4
export const WINDOW_MS = 2000
export const JOIN_WITHIN_MS = 1000

export const INPUTS: readonly string[] = ['items', 'left', 'right', 'orders', 'customers']
export const OUTPUTS: readonly string[] = ['echo', 'counts', 'groups', 'sums', 'joined', 'enriched']

/** `items`: what echo, counts, groups and sums are made of. */
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

export interface Customer {
  readonly version: number
}

/** `enriched`. */
export interface Enriched {
  readonly order: number
  readonly customer: string
  readonly version: number
}
