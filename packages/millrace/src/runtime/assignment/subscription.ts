/**
 * A member's bytes on their way to the leader: Kafka's ConsumerProtocolSubscription v1, so that Kafka's own tools can show
 * the group, with ours as its user data: process id and tags, tasks it holds now, and how far the state it has reaches.
 *
 * JSON inside, versioned by `v`: a member of a newer version may send more, which is ignored.
 */

export interface Subscription {
  readonly topics: readonly string[]
  readonly processId: string
  /** Task names held now: they must be given up before another member may have them. */
  readonly owned: readonly string[]
  /** Task names that are kept warm now, without being processed. */
  readonly standby: readonly string[]
  /**
   * Of tasks that do not run here but whose state is here: the sum of the offsets it has reached in its changelogs. A task
   * that is owned and not named is up to date.
   */
  readonly offsets: Readonly<Record<string, number>>
  /** Where the member is, e.g. `{ zone: 'eu-1a' }`: standbys are spread by it (KIP-708). */
  readonly tags: Readonly<Record<string, string>>
  /** Differs at each join: a broker does not rebalance for a member that says the same again. */
  readonly round: number
  /** Its state is on a disk that other members of its process open too: what one has they all have. */
  readonly sharesState?: boolean | undefined
  /** This member asks all instances of the application to shut down (KIP-671). */
  readonly shutdown?: boolean | undefined
}

export function encodeSubscription(subscription: Subscription): Uint8Array {
  const { topics, ...ours } = subscription
  const userData = Buffer.from(JSON.stringify({ v: 1, ...ours }))
  const parts: Buffer[] = [int16(1), int32(topics.length)]
  for (const topic of topics) parts.push(...text(topic))
  parts.push(int32(userData.length), userData, int32(0))
  return Buffer.concat(parts)
}

/** Undefined where the bytes are not Millrace's, e.g. of a Java member. */
export function decodeSubscription(bytes: Uint8Array): Subscription | undefined {
  try {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const topics: string[] = []
    let at = 6
    for (let left = buffer.readInt32BE(2); left > 0; left--) {
      const length = buffer.readInt16BE(at)
      topics.push(buffer.toString('utf8', at + 2, at + 2 + length))
      at += 2 + length
    }
    const length = buffer.readInt32BE(at)
    const data = JSON.parse(buffer.toString('utf8', at + 4, at + 4 + length))
    if (typeof data.processId !== 'string') return undefined
    const { processId, owned = [], standby = [], offsets = {}, tags = {}, round = 0, sharesState, shutdown } = data
    const known = { topics, processId, owned, standby, offsets, tags, round }
    return { ...known, ...(sharesState === true ? { sharesState } : {}), ...(shutdown === true ? { shutdown } : {}) }
  } catch {
    return undefined
  }
}

export function int16(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(2)
  buffer.writeInt16BE(value)
  return buffer
}

export function int32(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(4)
  buffer.writeInt32BE(value)
  return buffer
}

export function text(value: string): [Buffer, Buffer] {
  const bytes = Buffer.from(value)
  return [int16(bytes.length), bytes]
}
