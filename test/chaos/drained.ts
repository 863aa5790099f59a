/**
 * When an application has nothing left to do: its internal topics are read to the end, and its outputs have not moved for a
 * while. A machine under load may be quiet for seconds with work left, so neither alone is enough.
 */

import type { Admin } from 'kafkajs'

/** Markers after the last record, which nobody has to commit. */
const MARKERS = 2

/** Records of repartition and foreign-key topics that are not yet committed. */
export async function internalLag(admin: Admin, applicationId: string): Promise<number> {
  const all = await admin.listTopics()
  const topics = all.filter((topic) => topic.startsWith(`${applicationId}-`) && !topic.endsWith('-changelog'))
  if (topics.length === 0) return 0
  const committed = await admin.fetchOffsets({ groupId: applicationId, topics })
  let lag = 0
  for (const { topic, partitions } of committed) {
    const ends = await admin.fetchTopicOffsets(topic)
    for (const { partition, offset } of partitions) {
      const end = Number(ends.find((each) => each.partition === partition)?.high ?? 0)
      const waiting = end - Math.max(0, Number(offset))
      if (waiting > MARKERS) lag += waiting
    }
  }
  return lag
}

/** @returns a question that is true once both hold for `quietMs`. */
export function drained(
  admin: Admin,
  applicationId: string,
  outputs: readonly string[],
  quietMs: number,
): () => Promise<boolean> {
  let before = ''
  let since = Date.now()
  return async () => {
    const ends = await Promise.all(outputs.map((topic) => admin.fetchTopicOffsets(topic)))
    const now = JSON.stringify(ends)
    if (now !== before || (await internalLag(admin, applicationId)) > 0) since = Date.now()
    before = now
    return Date.now() - since > quietMs
  }
}
