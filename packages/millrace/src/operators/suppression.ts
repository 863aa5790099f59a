/**
 * What `suppress` waits for, and what its buffer may hold.
 */

import { type Duration, durationMs } from '../record/duration.ts'
import { TopologyError } from '../record/errors.ts'

/** How much a buffer may hold. Default: without bound. */
export interface BufferBounds {
  readonly maxRecords?: number
  /** Bytes of keys and values, with what is kept beside them. */
  readonly maxBytes?: number
}

export interface TimeLimitBounds extends BufferBounds {
  /** What happens beyond the bounds: the oldest go early (default), or the task fails. */
  readonly whenFull?: 'emitEarly' | 'shutDown'
}

/** Made by `untilWindowCloses` or `untilTimeLimit`. */
export interface Suppression {
  /** How long an update waits, ms; undefined: the grace of the windows above. */
  readonly waitMs: number | undefined
  /** One result per window, the last: tombstones are swallowed, time is that of the window's end. */
  readonly finalResults: boolean
  readonly maxRecords: number
  readonly maxBytes: number
  readonly emitsEarly: boolean
}

/**
 * Only the final result of each window, once stream time has passed its end plus grace. A buffer beyond its bounds fails the
 * task, since results that go early would not be final.
 *
 * @throws TopologyError for bounds below 0
 */
export function untilWindowCloses(bounds: BufferBounds = {}): Suppression {
  return { waitMs: undefined, finalResults: true, ...checked(bounds), emitsEarly: false }
}

/**
 * At most one update of a key in `limit` of stream time, counted from the first that is held back.
 *
 * @throws TopologyError for bounds below 0
 * @example
 * untilTimeLimit('5 min', { maxRecords: 10_000 })
 */
export function untilTimeLimit(limit: Duration, bounds: TimeLimitBounds = {}): Suppression {
  const emitsEarly = bounds.whenFull !== 'shutDown'
  return { waitMs: durationMs(limit, 'limit'), finalResults: false, ...checked(bounds), emitsEarly }
}

function checked(bounds: BufferBounds): { readonly maxRecords: number; readonly maxBytes: number } {
  const { maxRecords = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = bounds
  if (maxRecords >= 0 && maxBytes >= 0) return { maxRecords, maxBytes }
  throw new TopologyError(
    `suppress: maxRecords and maxBytes must be 0 or more, not ${maxRecords} and ${maxBytes}: leave them out for no bound.`,
  )
}
