/**
 * How a key or value becomes bytes and back.
 *
 * A serde never sees null: a null key or value is null bytes. `decode` reads a range of a larger buffer in place and must
 * not keep a view of it (law 3: a value never pins a fetch buffer). Encoding must be deterministic: keys are compared,
 * and foreign-key joins compare hashes of values, by their bytes.
 */

import type { Headers } from './headers.ts'

export interface SerdeContext {
  /** The topic (for a store: its changelog topic) the bytes belong to. */
  readonly topic: string
  readonly isKey: boolean
  /** The record's headers, where there is a record. */
  readonly headers?: Headers | undefined
}

export interface Serde<T> {
  /** Shown in errors and topology descriptions, e.g. `string`. */
  readonly name: string
  encode(value: T, context: SerdeContext): Uint8Array
  decode(bytes: Buffer, start: number, end: number, context: SerdeContext): T
  /**
   * Where present: `encode(value)` equals the UTF-8 bytes of `text(value)`, so that a batch can be written without an
   * intermediate buffer.
   */
  text?(value: T): string
  /**
   * Where present: makes an encoder for one place in a topology, which may learn what the values there look like. In front of
   * what it writes are `room` bytes that are the caller's.
   */
  encoder?(room: number): BorrowingEncoder<T>
  /**
   * What `decode` gives does not lie in the bytes it was given, so that their buffer can be used again: without it, a source
   * leaves its buffers to the garbage collector. Default false: not known.
   */
  readonly decodesCopies?: boolean
  /**
   * Where present: whether `decode` gives null for what `encode` made, at a fraction of the cost, so that a value that nobody
   * looks at need not be decoded. Whoever inherits it and overrides `decode` must override this too.
   */
  isNull?(bytes: Buffer, start: number, end: number): boolean
  /** Where present: what `decode` gives for the bytes of this ASCII text, so that text at hand needs no bytes. */
  fromText?(text: string): T
  /** Decoding costs no more than looking a value up: stores do not keep what they decoded. Default false. */
  readonly decodesFast?: boolean
  /** Where present: values never change and all have the same length, so that they may be encoded late, and in place. */
  readonly fixed?: FixedLength<T>
}

/** Writes values into a buffer of its own. */
export interface BorrowingEncoder<T> {
  /**
   * The bytes of `encode(value)`, behind the room, until the next call overwrites them; undefined where it is not sure or fails,
   * and `encode` has to be asked.
   */
  write(value: T): Buffer | undefined
}

/** How a serde writes values of one length. */
export interface FixedLength<T> {
  readonly bytes: number
  /** @throws what `encode` throws. */
  check(value: T): void
  /** Writes a checked value at a position. */
  write(value: T, bytes: Uint8Array, at: number): void
}

/** The type a serde reads and writes. */
export type SerdeType<S> = S extends Serde<infer T> ? T : never
