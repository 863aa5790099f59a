/** Events of now, evenly over time: what a peer reads while its latency or its silence is measured. */

import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, partitionFor, RecordBatchBuilder } from 'millrace/log'
import { events } from '../micro/events.ts'
import { USERS } from './inputs.ts'

const TICK_MS = 2

export interface SteadyLoad {
  readonly topic: string
  readonly partitions: number
  /** Events a second. */
  readonly rate: number
}

/** Sends at each tick what is due, until aborted. */
export async function steadyLoad(log: Log, load: SteadyLoad, signal: AbortSignal): Promise<void> {
  const { topic, partitions, rate } = load
  const producer = log.producer()
  await producer.init()
  const source = events(Number.MAX_SAFE_INTEGER, USERS, 9)
  const start = performance.now()
  let sent = 0
  while (!signal.aborted) {
    const due = Math.floor(((performance.now() - start) / 1000) * rate)
    const open = new Map<number, RecordBatchBuilder>()
    for (; sent < due; sent++) {
      const { key, value } = source.next().value as { key: string; value: string }
      const partition = partitionFor(Buffer.from(key), partitions)
      const batch = open.get(partition) ?? new RecordBatchBuilder()
      open.set(partition, batch)
      batch.append(key, value, Date.now(), undefined)
    }
    for (const [partition, records] of open) producer.send({ topic, partition, records }).catch(() => {})
    await sleep(TICK_MS)
  }
  await producer.close()
}
