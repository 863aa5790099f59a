/**
 * The embedded log in a directory: everything a pipeline needs of Kafka, in one process, and still there after a restart or
 * a kill -9. A small service can run on it for months with no broker.
 */

import { embeddedLog, type MemoryLog, type MemoryLogOptions } from 'millrace/log'
import { LmdbBatchStorage } from './lmdb-batch-storage.ts'
import { type Acknowledge, LogEnvironment } from './log-environment.ts'

export interface DurableLogOptions extends MemoryLogOptions {
  /** The folder of the log, made if need be. One process at a time. */
  readonly dir: string
  /**
   * When a write is answered. `'flushed'` (default): when it is forced to the disk, so that it outlives a power cut.
   * `'written'`: when it is in the file, so that it outlives the process; a power cut may take the newest moments, never part
   * of a transaction.
   */
  readonly acknowledge?: Acknowledge
}

const PARTITION_FACTS = 'storage/'
const NEXT_FACT = 'next-storage'

interface PartitionNumber {
  readonly number: number
}

/**
 * Opens the log in a directory, or makes one. A transaction that was open when it was left is aborted.
 *
 * @throws MillraceError `MILLRACE_STATE_LOCKED` naming the process that has the directory
 * @throws LogError `LOG_FOREIGN`, `LOG_DAMAGED`: a log is the truth, so it is never thrown away
 */
export function durableLog({ dir, acknowledge = 'flushed', ...options }: DurableLogOptions): MemoryLog {
  const environment = new LogEnvironment(dir, acknowledge)
  const numberOf = (name: string): number => {
    const known = environment.fact(name) as PartitionNumber | undefined
    if (known !== undefined) return known.number
    const number = (environment.fact(NEXT_FACT) as PartitionNumber | undefined)?.number ?? 0
    environment.set(name, { number })
    environment.set(NEXT_FACT, { number: number + 1 })
    return number
  }
  return embeddedLog({
    ...options,
    name: 'durable',
    durable: true,
    journal: environment,
    storage({ topic, partition }) {
      const name = `${PARTITION_FACTS}${topic}/${partition}`
      return new LmdbBatchStorage(environment, numberOf(name), () => environment.delete(name))
    },
    close: () => environment.close(),
  })
}
