/** Partitions in the shape Kafka's requests have them: grouped by topic. */

import type { TopicPartition } from 'millrace/log'

export function byTopic<P extends TopicPartition, T>(
  partitions: Iterable<P>,
  item: (partition: P) => T,
): { topic: string; partitions: T[] }[] {
  const groups = Map.groupBy(partitions, ({ topic }) => topic)
  return [...groups].map(([topic, members]) => ({ topic, partitions: members.map(item) }))
}
