/**
 * The input topics: made by the benches' seeded generator, partitioned as Kafka's own producer does, loaded once for all
 * runs. Event times are in the past, so the topics keep records of any age.
 */

import { type Log, partitionFor, RecordBatchBuilder } from 'millrace/log'
import { type EventRecord, events, randomFrom, userKey } from '../micro/events.ts'

export const PARTITIONS = 4
const USERS = 100_000
const MANY_USERS = 2_000_000
const ORDERS = 200_000
const TABLE_TIMESTAMP = 1_699_999_999_999
const IN_FLIGHT = 64

interface Input {
  /** Records, where `records` is the size of the whole comparison. */
  count(records: number): number
  rows(count: number): Iterable<EventRecord>
}

function* users(count: number): Generator<EventRecord> {
  for (let index = 0; index < count; index++) {
    const value = `{"name":"user ${index}","tier":${index % 5}}`
    yield { key: userKey(index), value, timestamp: TABLE_TIMESTAMP }
  }
}

function* orders(count: number): Generator<EventRecord> {
  const random = randomFrom(8)
  for (const { value, timestamp } of events(count, USERS, 7)) {
    const key = `o${String(Math.floor(random() * ORDERS)).padStart(9, '0')}`
    yield { key, value, timestamp }
  }
}

export type InputName = 'events' | 'events-many-users' | 'left' | 'right' | 'orders' | 'users'

const INPUTS: Readonly<Record<InputName, Input>> = {
  events: { count: (records) => records, rows: (count) => events(count, USERS, 1) },
  'events-many-users': { count: (records) => records, rows: (count) => events(count, MANY_USERS, 2) },
  left: { count: (records) => Math.round(records * 0.4), rows: (count) => events(count, USERS, 3) },
  right: { count: (records) => Math.round(records * 0.4), rows: (count) => events(count, USERS, 4) },
  orders: { count: (records) => Math.round(records * 0.2), rows: orders },
  users: { count: () => USERS, rows: users },
}

export function inputRecords(names: readonly InputName[], records: number): number {
  return names.reduce((sum, name) => sum + INPUTS[name].count(records), 0)
}

export interface LoadOptions {
  /** Size of the whole comparison; each input has its share of it. */
  readonly records: number
  /** Records in a batch; 0: as many as fit into 128 KB. */
  readonly batchRecords: number
}

/** Creates the topic and fills it. */
export async function loadInput(log: Log, name: InputName, { records, batchRecords }: LoadOptions): Promise<void> {
  await log.admin.createTopics([{ name, partitions: PARTITIONS, config: { 'retention.ms': '-1' } }])
  const producer = log.producer()
  await producer.init()
  const open = Array.from({ length: PARTITIONS }, () => new RecordBatchBuilder())
  let sends: Promise<unknown>[] = []
  const send = (partition: number): void => {
    sends.push(producer.send({ topic: name, partition, records: open[partition] }))
    open[partition] = new RecordBatchBuilder()
  }
  const isFull = ({ count, size }: RecordBatchBuilder): boolean =>
    batchRecords > 0 ? count >= batchRecords : size >= 128 * 1024
  const input = INPUTS[name]
  for (const { key, value, timestamp } of input.rows(input.count(records))) {
    const partition = partitionFor(Buffer.from(key), PARTITIONS)
    open[partition].append(key, value, timestamp, undefined)
    if (!isFull(open[partition])) continue
    send(partition)
    if (sends.length < IN_FLIGHT) continue
    await Promise.all(sends)
    sends = []
  }
  for (let partition = 0; partition < PARTITIONS; partition++) if (open[partition].count > 0) send(partition)
  await Promise.all(sends)
  await producer.close()
}
