/** The lists of partitions by topic that requests and answers of @platformatic/kafka have, from and to flat ones. */

import { byTopic } from '@millrace/kafka-client'
import type { TopicPartition } from 'millrace/log'

export interface InTopic<T> {
  readonly name: string
  readonly partitions: T[]
}

export function topicList<P extends TopicPartition, T>(
  partitions: Iterable<P>,
  item: (partition: P) => T,
): InTopic<T>[] {
  return byTopic(partitions, item).map(({ topic, partitions: items }) => ({ name: topic, partitions: items }))
}

export function flatList<P extends { readonly partitionIndex: number }, T>(
  topics: readonly InTopic<P>[],
  item: (partition: P) => T,
): (TopicPartition & T)[] {
  return topics.flatMap(({ name: topic, partitions }) =>
    partitions.map((each) => ({ topic, partition: each.partitionIndex, ...item(each) })),
  )
}
