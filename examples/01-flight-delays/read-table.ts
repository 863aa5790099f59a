/**
 * Reads a topic to its end as a table: the last value of each key.
 */

import type { Topic } from 'millrace'
import { type Log, readTopic } from 'millrace/log'

/** @param id tells keys apart. */
export async function readTable<K, V>(log: Log, topic: Topic<K, V>, id: (key: K) => string): Promise<[K, V][]> {
  const table = new Map<string, [K, V]>()
  for await (const { key, value } of readTopic(log, topic)) {
    if (key === null) continue
    if (value === null) table.delete(id(key))
    else table.set(id(key), [key, value])
  }
  return [...table.values()]
}
