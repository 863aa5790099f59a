/** All records of a topic, as it ends now. */

import { type Log, readTopic, type Topic, type TopicRecord } from 'millrace'

export async function readAll<K, V>(log: Log, topic: Topic<K, V>): Promise<TopicRecord<K, V>[]> {
  const records: TopicRecord<K, V>[] = []
  for await (const record of readTopic(log, topic)) records.push(record)
  return records
}
