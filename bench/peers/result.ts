/**
 * What a run wrote: counts and a checksum that does not depend on the order in which partitions and equal times were
 * processed. Tables are reduced to the last value of each key first, for peers may write any number of updates.
 */

import { crc32 } from 'node:zlib'
import type { FetchedBatch, Log } from 'millrace/log'
import { PARTITIONS } from './inputs.ts'
import type { Pipeline, ResultKind, ResultValues } from './pipelines.ts'

export interface Result {
  /** Records in the output topic. */
  readonly outputRecords: number
  /** Rows of the table, or records. */
  readonly rows: number
  /** Sum of the rows' checksums, as text: equal results have equal text. */
  readonly checksum: string
}

type Row = { readonly hash: number; readonly deleted: boolean }

/** Reads an output topic to its committed end. */
export async function readResult(log: Log, topic: string, { result, values }: Pipeline): Promise<Result> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition }))
  const ends = await log.admin.listOffsets(partitions, 'latest', 'read_committed')
  const left = new Map(ends.filter(({ offset }) => offset > 0).map(({ partition, offset }) => [partition, offset]))
  const fetcher = log.fetcher()
  for (const partition of left.keys()) fetcher.assign({ topic, partition }, 0)
  const sum = new ResultSum(result, values)
  while (left.size > 0) {
    for (const fetched of await fetcher.poll(500)) {
      sum.add(fetched)
      if (fetched.nextOffset >= (left.get(fetched.partition) ?? 0)) left.delete(fetched.partition)
    }
  }
  await fetcher.close()
  return sum.result()
}

class ResultSum {
  readonly #kind: ResultKind
  readonly #values: ResultValues
  readonly #rows = new Map<string, Row>()
  #outputRecords = 0
  #sum = 0n

  constructor(kind: ResultKind, values: ResultValues) {
    this.#kind = kind
    this.#values = values
  }

  add({ batch, partition }: FetchedBatch): void {
    const { bytes, keyStarts, keyLengths, valueStarts, valueLengths } = batch
    let sum = 0
    for (let row = 0; row < batch.count; row++) {
      const deleted = valueLengths[row] < 0
      const key = bytes.subarray(keyStarts[row], keyStarts[row] + Math.max(0, keyLengths[row]))
      const value = bytes.subarray(valueStarts[row], valueStarts[row] + Math.max(0, valueLengths[row]))
      const content = this.#values === 'json' && !deleted ? JSON.stringify(JSON.parse(value.toString())) : value
      const hash = crc32(content, crc32(key, partition))
      if (this.#kind === 'table') this.#rows.set(`${partition}${key.toString('latin1')}`, { hash, deleted })
      else sum += hash
    }
    this.#outputRecords += batch.count
    this.#sum += BigInt(sum)
  }

  result(): Result {
    if (this.#kind === 'records') {
      return { outputRecords: this.#outputRecords, rows: this.#outputRecords, checksum: String(this.#sum) }
    }
    const rows = [...this.#rows.values()].filter(({ deleted }) => !deleted)
    const sum = rows.reduce((total, { hash }) => total + BigInt(hash), 0n)
    return { outputRecords: this.#outputRecords, rows: rows.length, checksum: String(sum) }
  }
}
