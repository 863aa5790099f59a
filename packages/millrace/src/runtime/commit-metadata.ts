/**
 * The text kept beside a committed offset: partition time, and what processors want back after a restart (reference 2.12).
 * base64 of: magic 2, partition time (8 bytes), then if there is any: count, and per entry key length, key, value (8).
 * Magic 1 has the time only. Unknown or damaged text means "nothing known", never an error, as in Kafka Streams.
 */

export interface CommitMetadata {
  /** Highest timestamp taken from the partition; -1 unknown. */
  readonly partitionTime: number
  readonly processors: ReadonlyMap<string, number>
}

const NOTHING: CommitMetadata = { partitionTime: -1, processors: new Map() }

export function encodeCommitMetadata(metadata: CommitMetadata): string {
  const keys = [...metadata.processors.keys()].map((key) => Buffer.from(key))
  const size = 9 + (keys.length === 0 ? 0 : 4 + keys.reduce((sum, key) => sum + key.length + 12, 0))
  const bytes = Buffer.alloc(size)
  bytes[0] = 2
  bytes.writeBigInt64BE(BigInt(metadata.partitionTime), 1)
  if (keys.length > 0) {
    let at = bytes.writeInt32BE(keys.length, 9)
    for (const key of keys) {
      at = bytes.writeInt32BE(key.length, at)
      at += key.copy(bytes, at)
      at = bytes.writeBigInt64BE(BigInt(metadata.processors.get(key.toString()) as number), at)
    }
  }
  return bytes.toString('base64')
}

export function decodeCommitMetadata(text: string): CommitMetadata {
  const bytes = Buffer.from(text, 'base64')
  const magic = bytes[0]
  if (bytes.length < 9 || (magic !== 1 && magic !== 2)) return NOTHING
  const partitionTime = Number(bytes.readBigInt64BE(1))
  const processors = new Map<string, number>()
  if (magic === 2 && bytes.length > 9) {
    try {
      let at = 13
      for (let left = bytes.readInt32BE(9); left > 0; left--) {
        const keyLength = bytes.readInt32BE(at)
        const key = bytes.toString('utf8', at + 4, at + 4 + keyLength)
        processors.set(key, Number(bytes.readBigInt64BE(at + 4 + keyLength)))
        at += 12 + keyLength
      }
    } catch {
      return NOTHING
    }
  }
  return { partitionTime, processors }
}
