/**
 * Reads a topic to its end as a table: the last value of each key.
 */

import type { Topic } from 'millrace'
import type { Log } from 'millrace/log'

export async function readTable<K, V>(log: Log, topic: Topic<K, V>, partitions: number): Promise<[K, V][]> {
  const all = Array.from({ length: partitions }, (_, partition) => ({ topic: topic.name, partition }))
  const fetcher = log.fetcher()
  const ends = new Map<number, number>()
  for (const { partition, offset } of await log.admin.listOffsets(all, 'latest', 'read_committed')) {
    if (offset > 0) ends.set(partition, offset)
  }
  for (const { topic: name, partition, offset } of await log.admin.listOffsets(all, 'earliest')) {
    if (ends.has(partition)) fetcher.assign({ topic: name, partition }, offset)
  }
  const table = new Map<string, [K, V]>()
  while (ends.size > 0) {
    for (const { batch, partition, nextOffset } of await fetcher.poll(500)) {
      for (let row = 0; row < batch.count; row++) {
        const bytes = (start: number, length: number): [Buffer, number, number] => [batch.bytes, start, start + length]
        const key = bytes(batch.keyStarts[row], batch.keyLengths[row])
        const id = batch.bytes.toString('latin1', key[1], key[2])
        if (batch.valueLengths[row] < 0) {
          table.delete(id)
          continue
        }
        const value = bytes(batch.valueStarts[row], batch.valueLengths[row])
        const context = { topic: topic.name, isKey: true }
        if (topic.key === undefined || topic.value === undefined) throw new TypeError(`${topic.name} needs its serdes`)
        table.set(id, [topic.key.decode(...key, context), topic.value.decode(...value, { ...context, isKey: false })])
      }
      if (nextOffset >= (ends.get(partition) ?? 0)) ends.delete(partition)
    }
  }
  await fetcher.close()
  return [...table.values()]
}
