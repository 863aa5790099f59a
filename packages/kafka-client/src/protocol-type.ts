/**
 * Which kind of group a member says it is in. To brokers `consumer` promises that subscription bytes are a
 * ConsumerProtocolSubscription: they read it (for tools, and to keep offsets of subscribed topics), and fail the join with
 * UNKNOWN_SERVER_ERROR if it is something else. Other bytes therefore get a type of their own, which brokers do not read.
 */

const CONSUMER = 'consumer'
const OPAQUE = 'millrace'

export function protocolTypeOf(subscription: Buffer): string {
  return isConsumerSubscription(subscription) ? CONSUMER : OPAQUE
}

/** version, topics, user data, and from version 1 on the partitions owned; versions 2 and 3 add fields at the end. */
function isConsumerSubscription(bytes: Buffer): boolean {
  try {
    const version = bytes.readInt16BE(0)
    if (version < 0 || version > 3) return false
    let at = afterStrings(bytes, 2)
    const userData = bytes.readInt32BE(at)
    at += 4 + Math.max(userData, 0)
    if (userData < -1 || at > bytes.length) return false
    if (version === 0) return at === bytes.length
    const topics = count(bytes, at)
    at += 4
    for (let topic = 0; topic < topics; topic++) {
      at += 2 + bytes.readInt16BE(at)
      at += 4 + 4 * count(bytes, at)
    }
    return version === 1 ? at === bytes.length : at <= bytes.length
  } catch {
    return false
  }
}

function afterStrings(bytes: Buffer, start: number): number {
  const strings = count(bytes, start)
  let at = start + 4
  for (let index = 0; index < strings; index++) at += 2 + bytes.readInt16BE(at)
  return at
}

/** An array's length; more entries than bytes left cannot be. */
function count(bytes: Buffer, at: number): number {
  const entries = bytes.readInt32BE(at)
  if (entries < 0 || entries > bytes.length - at) throw new RangeError('no array')
  return entries
}
