/**
 * One partition of a fetcher: where the next fetch continues, what was read ahead and not yet taken, and why it stopped.
 *
 * Two positions: `fetchOffset` runs ahead with the requests, `position` is where the next taken entry starts. Answers to
 * requests made before a reassignment must not be added: `version` tells them apart. Read-ahead parts stay undecoded bytes,
 * so that what is dropped by a reassignment cost no decoding.
 */

import type { AbortedTransaction, LogError } from 'millrace/log'
import type { SharedBuffer } from './fetch-request.ts'

/** One partition's share of a fetch answer. */
export interface FetchedPart {
  readonly records: Buffer
  /** What the records lie in, where it is used again; held for this part. */
  readonly buffer: SharedBuffer | undefined
  readonly abortedTransactions: readonly AbortedTransaction[]
  /** Records before this are not wanted: a batch may start before the offset asked for. */
  readonly fromOffset: number
  readonly nextOffset: number
  readonly endOffset: number
  readonly lastStableOffset: number
}

export class PartitionFeed {
  readonly topic: string
  readonly partition: number
  fetchOffset = -1
  position = -1
  version = 0
  paused = false
  inFlight = false
  endOffset: number | undefined
  /** Stops the feed until it is assigned again. */
  failure: LogError | undefined
  /** Clock time of the first UNKNOWN_TOPIC answer in a row. */
  unknownSince: number | undefined
  #parts: FetchedPart[] = []
  #bytes = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  /** Bytes read ahead. */
  get bytes(): number {
    return this.#bytes
  }

  get hasParts(): boolean {
    return this.#parts.length > 0
  }

  moveTo(offset: number): void {
    this.version++
    this.fetchOffset = offset
    this.position = offset
    this.failure = undefined
    this.unknownSince = undefined
    this.#parts = []
    this.#bytes = 0
  }

  add(part: FetchedPart): void {
    this.#parts.push(part)
    this.#bytes += part.records.length
    this.fetchOffset = part.nextOffset
  }

  take(): FetchedPart | undefined {
    const part = this.#parts.shift()
    if (part === undefined) return undefined
    this.#bytes -= part.records.length
    this.position = part.nextOffset
    return part
  }
}
