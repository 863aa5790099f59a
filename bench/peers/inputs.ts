/**
 * The input topics: made by the benches' seeded generators, partitioned as Kafka's own producer does, loaded once for all
 * runs that read the same. Event times are in the past, so the topics keep records of any age.
 */

import { type Log, partitionFor, RecordBatchBuilder } from 'millrace/log'
import { type EventRecord, events, randomFrom, userKey } from '../micro/events.ts'
import { NEXMARK, type NexmarkInput } from './nexmark-inputs.ts'

export const USERS = 100_000
const MANY_USERS = 2_000_000
const ORDERS = 200_000
const TABLE_TIMESTAMP = 1_699_999_999_999
const IN_FLIGHT = 64

/** What an input looks like; each shape has topics of its own. */
export interface InputShape {
  /** Size of the whole comparison; each input has its share of it. */
  readonly records: number
  /** Records in a batch; 0: as many as fit into 128 KB. */
  readonly batchRecords: number
  readonly partitions: number
  /** Different keys of `events`. */
  readonly keys: number
}

interface Input {
  count(shape: InputShape): number
  /** Exactly `count(shape)` records. */
  rows(shape: InputShape): Iterable<EventRecord>
}

/** What precedes the names of a shape's topics. */
export function topicPrefix({ records, batchRecords, partitions, keys }: InputShape): string {
  return `r${records}-b${batchRecords}-p${partitions}-k${keys}-`
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

export type InputName = 'events' | 'events-many-users' | 'left' | 'right' | 'orders' | 'users' | keyof typeof NEXMARK

/** Events that are a share of the whole, over so many keys. */
function share(part: number, keys: number, seed: number): Input {
  const count = ({ records }: InputShape): number => Math.round(records * part)
  return { count, rows: (shape) => events(count(shape), keys, seed) }
}

/** The records of one kind among all of Nexmark's events. */
function ofKind({ count, rows }: NexmarkInput): Input {
  return { count: ({ records }) => count(records), rows: ({ records }) => rows(records) }
}

const INPUTS: Readonly<Record<InputName, Input>> = {
  events: { count: ({ records }) => records, rows: ({ records, keys }) => events(records, keys, 1) },
  'events-many-users': share(1, MANY_USERS, 2),
  left: share(0.4, USERS, 3),
  right: share(0.4, USERS, 4),
  orders: {
    count: ({ records }) => Math.round(records * 0.2),
    rows: ({ records }) => orders(Math.round(records * 0.2)),
  },
  users: { count: () => USERS, rows: () => users(USERS) },
  persons: ofKind(NEXMARK.persons),
  auctions: ofKind(NEXMARK.auctions),
  bids: ofKind(NEXMARK.bids),
}

export function inputRecords(names: readonly InputName[], shape: InputShape): number {
  return names.reduce((sum, name) => sum + INPUTS[name].count(shape), 0)
}

/** Creates the topic and fills it. */
export async function loadInput(log: Log, name: InputName, shape: InputShape): Promise<void> {
  const { batchRecords, partitions } = shape
  const topic = topicPrefix(shape) + name
  await log.admin.createTopics([{ name: topic, partitions, config: { 'retention.ms': '-1' } }])
  const producer = log.producer()
  await producer.init()
  const open = Array.from({ length: partitions }, () => new RecordBatchBuilder())
  let sends: Promise<unknown>[] = []
  const send = (partition: number): void => {
    sends.push(producer.send({ topic, partition, records: open[partition] }))
    open[partition] = new RecordBatchBuilder()
  }
  const isFull = ({ count, size }: RecordBatchBuilder): boolean =>
    batchRecords > 0 ? count >= batchRecords : size >= 128 * 1024
  for (const { key, value, timestamp } of INPUTS[name].rows(shape)) {
    const partition = partitionFor(Buffer.from(key), partitions)
    open[partition].append(key, value, timestamp, undefined)
    if (!isFull(open[partition])) continue
    send(partition)
    if (sends.length < IN_FLIGHT) continue
    await Promise.all(sends)
    sends = []
  }
  for (let partition = 0; partition < partitions; partition++) if (open[partition].count > 0) send(partition)
  await Promise.all(sends)
  await producer.close()
}
