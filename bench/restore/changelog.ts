/**
 * The changelog both restore from, written once: a store's records as they pile up before compaction, each key several times
 * in no order. The topic is not compacted meanwhile: both must read the same.
 */

import { type Log, partitionFor, RecordBatchBuilder } from 'millrace/log'
import { randomFrom } from '../micro/events.ts'

export const PARTITIONS = 4
const KEY_BYTES = 10
const IN_FLIGHT = 32

export interface ChangelogShape {
  readonly records: number
  readonly keys: number
  /** Key and value together. */
  readonly recordBytes: number
}

/** @returns how many different keys there are in it. */
export async function writeChangelog(log: Log, topic: string, shape: ChangelogShape): Promise<number> {
  await log.admin.createTopics([{ name: topic, partitions: PARTITIONS, config: { 'retention.ms': '-1' } }])
  const producer = log.producer()
  await producer.init()
  const random = randomFrom(11)
  const seen = new Uint8Array(shape.keys)
  const filler = 'x'.repeat(shape.recordBytes - KEY_BYTES - 8)
  const open = Array.from({ length: PARTITIONS }, () => new RecordBatchBuilder())
  let sends: Promise<unknown>[] = []
  const send = (partition: number): void => {
    sends.push(producer.send({ topic, partition, records: open[partition] }))
    open[partition] = new RecordBatchBuilder()
  }
  for (let record = 0; record < shape.records; record++) {
    const number = Math.floor(random() * shape.keys)
    seen[number] = 1
    const key = `k${String(number).padStart(KEY_BYTES - 1, '0')}`
    const partition = partitionFor(Buffer.from(key), PARTITIONS)
    open[partition].append(key, `${String(record).padStart(8, '0')}${filler}`, 1_700_000_000_000 + record, undefined)
    if (open[partition].size < 256 * 1024) continue
    send(partition)
    if (sends.length < IN_FLIGHT) continue
    await Promise.all(sends)
    sends = []
  }
  for (let partition = 0; partition < PARTITIONS; partition++) if (open[partition].count > 0) send(partition)
  await Promise.all(sends)
  await producer.close()
  return seen.reduce((sum, one) => sum + one, 0)
}
