/**
 * What a partition remembers of its idempotent producers: epoch, last sequence and the five newest batches, so that a
 * retried batch is answered with its first offset and a gap is refused.
 */

import { LogError, type RecordCoordinates } from '../../record/errors.ts'

interface ProducerEntry {
  epoch: number
  lastSequence: number
  /** Newest last: first sequence, count, base offset. */
  batches: { first: number; count: number; baseOffset: number }[]
}

const REMEMBERED = 5
const SEQUENCES = 2 ** 31

/** The sequence `count` after another; Kafka's wrap from 2^31-1 to 0. */
export function nextSequence(sequence: number, count: number): number {
  return (sequence + count) % SEQUENCES
}

export class ProducerSequences {
  readonly #producers: Map<number, ProducerEntry> = new Map()

  /**
   * The base offset of an equal batch that was appended before; undefined where this one is next.
   * @throws LogError `OUT_OF_ORDER_SEQUENCE_NUMBER`, `PRODUCER_FENCED` for an older epoch.
   */
  duplicateOf(
    producerId: number,
    epoch: number,
    first: number,
    count: number,
    coordinates: RecordCoordinates,
  ): number | undefined {
    const entry = this.#producers.get(producerId)
    if (entry !== undefined && epoch < entry.epoch) throw fenced(producerId, epoch, coordinates)
    if (entry === undefined || epoch > entry.epoch) {
      if (first !== 0) throw outOfOrder(producerId, first, 0, coordinates)
      return undefined
    }
    const equal = entry.batches.find((batch) => batch.first === first && batch.count === count)
    if (equal !== undefined) return equal.baseOffset
    const expected = entry.lastSequence < 0 ? 0 : nextSequence(entry.lastSequence, 1)
    if (first !== expected) throw outOfOrder(producerId, first, expected, coordinates)
    return undefined
  }

  appended(producerId: number, epoch: number, first: number, count: number, baseOffset: number): void {
    let entry = this.#producers.get(producerId)
    if (entry === undefined || entry.epoch !== epoch) {
      entry = { epoch, lastSequence: -1, batches: [] }
      this.#producers.set(producerId, entry)
    }
    entry.lastSequence = nextSequence(first, count - 1)
    entry.batches.push({ first, count, baseOffset })
    if (entry.batches.length > REMEMBERED) entry.batches.shift()
  }

  /** A marker of this epoch was written: older epochs are refused from now on. */
  fence(producerId: number, epoch: number): void {
    const entry = this.#producers.get(producerId)
    if (entry === undefined || entry.epoch < epoch)
      this.#producers.set(producerId, { epoch, lastSequence: -1, batches: [] })
  }
}

function fenced(producerId: number, epoch: number, coordinates: RecordCoordinates): LogError {
  return new LogError(
    'PRODUCER_FENCED',
    `Producer ${producerId} writes with epoch ${epoch}, which a newer producer has replaced. Close this one.`,
    { coordinates, fatal: true },
  )
}

function outOfOrder(producerId: number, got: number, expected: number, coordinates: RecordCoordinates): LogError {
  return new LogError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `Producer ${producerId} sent sequence ${got} to ${coordinates.topic}-${coordinates.partition} where ${expected} was due: ` +
      'a batch before it was lost. Initialise the producer again.',
    { coordinates },
  )
}
