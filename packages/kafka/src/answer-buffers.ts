/**
 * The buffers that fetch answers are put together in, used again once all of an answer's records are done with. Each would
 * otherwise be megabytes of garbage outside V8's heap, and V8 answers that with one full collection after the other.
 *
 * What is never given back is garbage like any other: a share that is dropped unread needs no care.
 */

import type { SharedBuffer } from '@millrace/kafka-client'

const SMALLEST = 64 << 10
const LARGEST_SPARE = 16 << 20
const MAX_SPARE = 8

/** One answer's buffer, held as long as any of its parts is. */
export class AnswerBuffer implements SharedBuffer {
  readonly bytes: Buffer
  #parts = 0
  readonly #giveBack: (bytes: Buffer) => void

  constructor(bytes: Buffer, giveBack: (bytes: Buffer) => void) {
    this.bytes = bytes
    this.#giveBack = giveBack
  }

  hold(): void {
    this.#parts++
  }

  /** Once for each `hold`. */
  release(): void {
    if (--this.#parts === 0) this.#giveBack(this.bytes)
  }
}

export class AnswerBuffers {
  #spare: Buffer[] = []

  /** A buffer of this length around the chunks' bytes from a position on. */
  gather(chunks: readonly Buffer[], start: number, length: number): AnswerBuffer {
    const whole = this.#take(length)
    if (chunks.length > 2) void Promise.resolve().then(() => discard(chunks))
    let skip = start
    let at = 0
    for (const chunk of chunks) {
      if (skip >= chunk.length) {
        skip -= chunk.length
        continue
      }
      at += chunk.copy(whole, at, skip)
      skip = 0
    }
    return new AnswerBuffer(whole.subarray(0, length), () => this.#give(whole))
  }

  #take(length: number): Buffer {
    const found = this.#spare.findIndex(
      (spare) => spare.length >= length && spare.length <= Math.max(SMALLEST, length * 8),
    )
    if (found >= 0) return this.#spare.splice(found, 1)[0]
    return Buffer.allocUnsafeSlow(length < SMALLEST ? length : 2 ** Math.ceil(Math.log2(length)))
  }

  #give(whole: Buffer): void {
    if (whole.length < SMALLEST || whole.length > LARGEST_SPARE) return
    if (this.#spare.length === MAX_SPARE) this.#spare.shift()
    this.#spare.push(whole)
  }
}

/**
 * Gives the memory of chunks back now instead of with the next collection: those that are an `ArrayBuffer` of their own, as a
 * socket reads them, and so were used up as a whole. To be called when whoever handed them out has let go of them.
 */
function discard(chunks: readonly Buffer[]): void {
  for (const { buffer, length } of chunks) {
    if (length > 0 && buffer.byteLength === length && 'transfer' in buffer)
      (buffer.transfer as (length: number) => void)(0)
  }
}
