/**
 * What a run wrote: counts and checksums that do not depend on the order in which partitions and equal times were processed.
 * Tables are reduced to the last value of each key first, for peers may write any number of updates.
 */

import { crc32 } from 'node:zlib'
import type { FetchedBatch, Log } from 'millrace/log'
import type { Pipeline, ResultKind, ResultValues } from './pipelines.ts'

export interface Result {
  /** Records in the output topic. */
  readonly outputRecords: number
  /** Rows of the table, or records. */
  readonly rows: number
  /** Sum of the rows' checksums, their partitions included, as text: equal results have equal text. */
  readonly checksum: string
  /** The same without partitions. */
  readonly contentChecksum: string
}

/** Reads a topic to its committed end; control records do not count. */
export async function readToEnd(
  log: Log,
  topic: string,
  partitionCount: number,
  take: (fetched: FetchedBatch) => void,
): Promise<void> {
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition }))
  const ends = await log.admin.listOffsets(partitions, 'latest', 'read_committed')
  const left = new Map(ends.filter(({ offset }) => offset > 0).map(({ partition, offset }) => [partition, offset]))
  const fetcher = log.fetcher()
  for (const partition of left.keys()) fetcher.assign({ topic, partition }, 0)
  while (left.size > 0) {
    for (const fetched of await fetcher.poll(500)) {
      take(fetched)
      if (fetched.nextOffset >= (left.get(fetched.partition) ?? 0)) left.delete(fetched.partition)
    }
  }
  await fetcher.close()
}

export async function readResult(
  log: Log,
  topic: string,
  partitions: number,
  { result, values }: Pick<Pipeline, 'result' | 'values'>,
): Promise<Result> {
  const sum = new ResultSum(result, values)
  await readToEnd(log, topic, partitions, (fetched) => sum.add(fetched))
  return sum.result()
}

/** Partition and key of a row as one text, so that a map of millions of them stays small. */
const rowId = (partition: number, key: Buffer): string => String.fromCharCode(partition) + key.toString('latin1')

class ResultSum {
  readonly #kind: ResultKind
  readonly #values: ResultValues
  /** `table`: the checksum of each row's key and value. `sums`: each row's value. */
  readonly #rows = new Map<string, number>()
  #outputRecords = 0
  #checksum = 0n
  #contentChecksum = 0n

  constructor(kind: ResultKind, values: ResultValues) {
    this.#kind = kind
    this.#values = values
  }

  add({ batch, partition }: FetchedBatch): void {
    const { bytes, keyStarts, keyLengths, valueStarts, valueLengths } = batch
    for (let row = 0; row < batch.count; row++) {
      const key = bytes.subarray(keyStarts[row], keyStarts[row] + Math.max(0, keyLengths[row]))
      const value = bytes.subarray(valueStarts[row], valueStarts[row] + Math.max(0, valueLengths[row]))
      this.#addRow(partition, key, valueLengths[row] < 0 ? undefined : value)
    }
    this.#outputRecords += batch.count
  }

  #addRow(partition: number, key: Buffer, value: Buffer | undefined): void {
    if (this.#kind === 'records') {
      const content = crc32(this.#comparable(value), crc32(key))
      this.#sum(partition, content)
      return
    }
    const id = rowId(partition, key)
    if (value === undefined) this.#rows.delete(id)
    else if (this.#kind === 'table') this.#rows.set(id, crc32(this.#comparable(value), crc32(key)))
    else this.#rows.set(id, Number(value.readBigInt64BE()))
  }

  /** What of a value must be equal. */
  #comparable(value: Buffer | undefined): Buffer | string {
    if (value === undefined) return ''
    return this.#values === 'json' ? JSON.stringify(JSON.parse(value.toString())) : value
  }

  #sum(partition: number, content: number): void {
    this.#contentChecksum += BigInt(content)
    this.#checksum += BigInt(crc32(String(content), partition))
  }

  result(): Result {
    const rows = this.#kind === 'sums' ? this.#sumsByKey() : this.#rows
    for (const [id, content] of rows) this.#sum(id.charCodeAt(0), content)
    return {
      outputRecords: this.#outputRecords,
      rows: this.#kind === 'records' ? this.#outputRecords : rows.size,
      checksum: String(this.#checksum),
      contentChecksum: String(this.#contentChecksum),
    }
  }

  /** The values of all windows of a key in one sum: a windowed key ends with its start in 8 bytes. */
  #sumsByKey(): Map<string, number> {
    const sums = new Map<string, number>()
    for (const [id, value] of this.#rows) {
      const key = id.slice(0, -8)
      sums.set(key, (sums.get(key) ?? 0) + value)
    }
    return new Map([...sums].map(([key, sum]) => [key, crc32(`${key.slice(1)} ${sum}`)]))
  }
}
