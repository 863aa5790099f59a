/**
 * Record batches v2: a fetch response decoded into columns, and records encoded into sealed batches, in batches of 1, 10
 * and 1000 records. Without checksums: they are the adapter's.
 */

import { RecordBatchBuilder, RecordBatchDecoder, sealBatch } from 'millrace/log'
import { type EventRecord, events } from './events.ts'
import type { Suite } from './measurement.ts'

const RECORDS = 10_000

/** The records as a log sends them: sealed batches of `size` records, back to back. */
export function fetchResponse(records: readonly EventRecord[], size: number): Buffer {
  const batches: Buffer[] = []
  for (let first = 0; first < records.length; first += size) {
    const builder = new RecordBatchBuilder()
    for (const { key, value, timestamp } of records.slice(first, first + size)) {
      builder.append(key, value, timestamp, undefined)
    }
    batches.push(sealBatch(builder, { baseOffset: first }))
  }
  return Buffer.concat(batches)
}

export async function codec(suite: Suite): Promise<void> {
  const records = [...events(RECORDS, 10_000)]
  const asBytes = records.map(({ key, value, timestamp }) => ({
    key: Buffer.from(key),
    value: Buffer.from(value),
    timestamp,
  }))
  await suite.group('Record batches, a record', async () => {
    for (const size of [1, 10, 1000]) {
      const response = fetchResponse(records, size)
      const decoder = new RecordBatchDecoder()
      await suite.measure(`decode, batches of ${size}`, RECORDS, () => {
        const { batch } = decoder.decode(response, 0, response.length)
        if (batch.count !== RECORDS) throw new Error(`decoded ${batch.count} records`)
        decoder.columns.recycle(batch)
      })
    }
    for (const size of [1, 10, 1000]) {
      const builder = new RecordBatchBuilder(256 * 1024)
      await suite.measure(`encode text, batches of ${size}`, RECORDS, () => {
        for (let first = 0; first < RECORDS; first += size) {
          builder.reset()
          for (let index = first; index < first + size; index++) {
            const { key, value, timestamp } = records[index]
            builder.append(key, value, timestamp, undefined)
          }
          sealBatch(builder, { baseOffset: first })
        }
      })
      await suite.measure(`encode bytes, batches of ${size}`, RECORDS, () => {
        for (let first = 0; first < RECORDS; first += size) {
          builder.reset()
          for (let index = first; index < first + size; index++) {
            const { key, value, timestamp } = asBytes[index]
            builder.append(key, value, timestamp, undefined)
          }
          sealBatch(builder, { baseOffset: first })
        }
      })
    }
  })
}
