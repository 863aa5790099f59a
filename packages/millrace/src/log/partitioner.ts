/**
 * Kafka's default partitioner for keyed records: murmur2 of the key's bytes, without its sign, modulo the partitions.
 *
 * Must equal Kafka's to the bit (law 8): a Java producer and a Millrace worker put the same key into the same partition.
 * Works on a range of a larger buffer and allocates nothing.
 */

const SEED = 0x9747b28c
const M = 0x5bd1e995

/** Murmur2 as Kafka has it, a signed 32-bit number. */
export function murmur2(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const length = end - start
  let hash = SEED ^ length
  let at = start
  for (const whole = start + (length & ~3); at < whole; at += 4) {
    let k = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    hash = Math.imul(hash, M) ^ Math.imul(k, M)
  }
  const rest = length & 3
  if (rest === 3) hash ^= bytes[at + 2] << 16
  if (rest >= 2) hash ^= bytes[at + 1] << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[at], M)
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  return hash ^ (hash >>> 15)
}

/** Partition of a key among `count`. */
export function partitionFor(bytes: Uint8Array, count: number, start = 0, end: number = bytes.length): number {
  return (murmur2(bytes, start, end) & 0x7fffffff) % count
}

/** Partition of a text key: that of its UTF-8 bytes, which are not made where the text is ASCII. */
export function partitionForText(text: string, count: number): number {
  const { length } = text
  let hash = SEED ^ length
  let seen = 0
  let at = 0
  for (const whole = length & ~3; at < whole; at += 4) {
    const a = text.charCodeAt(at)
    const b = text.charCodeAt(at + 1)
    const c = text.charCodeAt(at + 2)
    const d = text.charCodeAt(at + 3)
    seen |= a | b | c | d
    let k = a | (b << 8) | (c << 16) | (d << 24)
    k = Math.imul(k, M)
    k ^= k >>> 24
    hash = Math.imul(hash, M) ^ Math.imul(k, M)
  }
  let rest = 0
  for (let shift = 0; at < length; at++, shift += 8) {
    const code = text.charCodeAt(at)
    seen |= code
    rest |= code << shift
  }
  if (seen >= 0x80) return partitionFor(Buffer.from(text), count)
  if ((length & 3) !== 0) hash = Math.imul(hash ^ rest, M)
  hash ^= hash >>> 13
  hash = Math.imul(hash, M)
  return ((hash ^ (hash >>> 15)) & 0x7fffffff) % count
}
