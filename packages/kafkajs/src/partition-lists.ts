/** The lists of partitions by topic that answers of kafkajs have, as flat ones. */

import type { TopicPartition } from 'millrace/log'

export function flatList<P extends { readonly partition: number }>(
  topics: readonly { readonly topic: string; readonly partitions: readonly P[] }[],
): (P & TopicPartition)[] {
  return topics.flatMap(({ topic, partitions }) => partitions.map((each) => ({ ...each, topic })))
}
