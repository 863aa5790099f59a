/**
 * All of a partition's records in one fetch response, as columns over one buffer (law 3).
 *
 * Row i's key is `bytes[keyStarts[i] .. +keyLengths[i]]`, a length of -1 is null; the same for values. Its headers are
 * `headerCounts[i]` entries in Kafka's record format (varint key length, key, varint value length or -1, value) from
 * `headerStarts[i]`. The arrays may be longer than `count` (they are pooled). Offsets and timestamps are exact below 2^53.
 * Whoever keeps bytes beyond the batch copies them.
 */

export interface ColumnBatch {
  readonly count: number
  readonly bytes: Buffer
  readonly offsets: Float64Array
  readonly timestamps: Float64Array
  readonly keyStarts: Int32Array
  readonly keyLengths: Int32Array
  readonly valueStarts: Int32Array
  readonly valueLengths: Int32Array
  readonly headerStarts: Int32Array
  readonly headerCounts: Int32Array
}
