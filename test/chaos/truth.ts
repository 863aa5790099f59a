/**
 * What every output must be, computed from the input topics by plain code, partition by partition and in order. Shares no code
 * with the framework: it reads bytes, and knows the topology only from its meaning.
 */

import type { ReadRecord, TopicContents } from './read-topics.ts'
import {
  CALM_MS,
  type Customer,
  type Item,
  JOIN_WITHIN_MS,
  type Order,
  PATTERN_WITHIN_MS,
  type Side,
  WINDOW_MS,
} from './topics.ts'

/** An output as texts, each partition's in order. */
export type Shown = readonly (readonly string[])[]

type Partitions = readonly (readonly ReadRecord[])[]

export function keyOf(record: ReadRecord): string {
  return record.key.toString('utf8')
}

export function parsed<V>(record: ReadRecord): V {
  return JSON.parse(record.value!.toString('utf8')) as V
}

export function rows(contents: TopicContents, topic: string): Partitions {
  return contents.get(topic)!
}

export function trueEcho(contents: TopicContents): Shown {
  return rows(contents, 'items').map((records) => records.map((each) => shownEcho(each)))
}

export function shownEcho(record: ReadRecord): string {
  const { id, n, group } = parsed<Item>(record)
  return `${keyOf(record)} @${record.timestamp} id ${id} n ${n} ${group}`
}

/** A running number for each key: `add` gives what a record adds. */
function running(
  records: readonly ReadRecord[],
  key: (record: ReadRecord) => string,
  add: (record: ReadRecord) => number,
): string[] {
  const sums = new Map<string, { sum: number; timestamp: number }>()
  return records.map((record) => {
    const name = key(record)
    const before = sums.get(name) ?? { sum: 0, timestamp: 0 }
    const now = { sum: before.sum + add(record), timestamp: Math.max(before.timestamp, record.timestamp) }
    sums.set(name, now)
    return `${name} @${now.timestamp} = ${now.sum}`
  })
}

export function trueCounts(contents: TopicContents): Shown {
  return rows(contents, 'items').map((records) => running(records, keyOf, () => 1))
}

export function windowName(key: string, startMs: number): string {
  return `${key} [${startMs}]`
}

export function trueSums(contents: TopicContents): Shown {
  const window = (record: ReadRecord): string =>
    windowName(keyOf(record), record.timestamp - (record.timestamp % WINDOW_MS))
  return rows(contents, 'items').map((records) => running(records, window, (each) => parsed<Item>(each).n))
}

interface SeenItem extends Item {
  readonly key: string
  readonly timestamp: number
}

/** Calls back for each low item with the later ones of its key within the window, by partition; times never go back. */
function afterEachLow(
  contents: TopicContents,
  matches: (low: SeenItem, later: readonly SeenItem[], endOfTime: number) => string[],
): Shown {
  return rows(contents, 'items').map((records) => {
    const endOfTime = Math.max(0, ...records.map(({ timestamp }) => timestamp))
    const items = records.map((record): SeenItem => {
      return { ...parsed<Item>(record), key: keyOf(record), timestamp: record.timestamp }
    })
    return [...Map.groupBy(items, ({ key }) => key).values()].flatMap((own) =>
      own.flatMap((low, i) => {
        if (low.n >= 20) return []
        const over = own.findIndex(({ timestamp }) => timestamp >= low.timestamp + PATTERN_WITHIN_MS)
        return matches(low, own.slice(i + 1, over < 0 ? own.length : over), endOfTime)
      }),
    )
  })
}

/** After a low item: for each item of the middle that comes, all so far with the first high one after it. */
export function trueSurges(contents: TopicContents): Shown {
  return afterEachLow(contents, (low, later) => {
    const middle = later.filter(({ n }) => n >= 20 && n < 60)
    return middle.flatMap((last, i) => {
      const high = later.slice(later.indexOf(last) + 1).find(({ n }) => n >= 80)
      const ids = middle.slice(0, i + 1).map(({ id }) => id)
      return high === undefined ? [] : [shownSurge(low.key, high.timestamp, low.id, ids, high.id)]
    })
  })
}

export function shownSurge(
  key: string,
  timestamp: number,
  low: number,
  middle: readonly number[],
  high: number,
): string {
  return `${key} @${timestamp} low ${low} middle ${middle.join(' ')} high ${high}`
}

/** A low item, calm, and the first high one after. */
export function trueRevivals(contents: TopicContents): Shown {
  return afterEachLow(contents, (low, later) => {
    const high = revivedBy(low, later)
    return typeof high === 'object' ? [shownRevival(low.key, high.timestamp, low.id, high.id)] : []
  })
}

/** Low items after which it was calm and remained so, told when their window was over. */
export function trueLapses(contents: TopicContents): Shown {
  return afterEachLow(contents, (low, later, endOfTime) => {
    const end = low.timestamp + PATTERN_WITHIN_MS
    return revivedBy(low, later) === 'none' && end <= endOfTime ? [shownRevival(low.key, end, low.id, undefined)] : []
  })
}

function revivedBy(low: SeenItem, later: readonly SeenItem[]): SeenItem | 'not calm' | 'none' {
  const high = later.find(({ n }) => n >= 80)
  if (high === undefined) return 'none'
  return high.timestamp < low.timestamp + CALM_MS ? 'not calm' : high
}

export function shownRevival(key: string, timestamp: number, low: number, high: number | undefined): string {
  return `${key} @${timestamp} low ${low} high ${high ?? 'none'}`
}

/** Groups come from all partitions in an order nobody promises: each group counts from 1 to how many items it has. */
export function trueGroups(contents: TopicContents): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const record of rows(contents, 'items').flat()) {
    const { group } = parsed<Item>(record)
    counts.set(group, (counts.get(group) ?? 0) + 1)
  }
  return counts
}

export function trueJoin(contents: TopicContents): Shown {
  return rows(contents, 'left').map((lefts, partition) => {
    const rights = Map.groupBy(rows(contents, 'right')[partition], keyOf)
    return lefts.flatMap((left) =>
      (rights.get(keyOf(left)) ?? [])
        .filter((right) => Math.abs(right.timestamp - left.timestamp) <= JOIN_WITHIN_MS)
        .map((right) =>
          shownPair(
            keyOf(left),
            Math.max(left.timestamp, right.timestamp),
            parsed<Side>(left).id,
            parsed<Side>(right).id,
          ),
        ),
    )
  })
}

export function shownPair(key: string, timestamp: number, left: number, right: number): string {
  return `${key} @${timestamp} ${left}+${right}`
}

export interface OrdersTruth {
  /** The customer each version of an order points to. */
  readonly customerOf: ReadonlyMap<string, ReadonlyMap<number, string>>
  /** The newest version of each customer. */
  readonly customers: ReadonlyMap<string, number>
  /** Order key to its final row; absent where its customer never came. */
  readonly final: ReadonlyMap<string, string>
}

export function trueOrders(contents: TopicContents): OrdersTruth {
  const customers = new Map<string, number>()
  for (const record of rows(contents, 'customers').flat()) {
    customers.set(keyOf(record), parsed<Customer>(record).version)
  }
  const customerOf = new Map<string, Map<number, string>>()
  const last = new Map<string, Order>()
  for (const record of rows(contents, 'orders').flat()) {
    const order = parsed<Order>(record)
    const key = keyOf(record)
    last.set(key, order)
    const versions = customerOf.get(key) ?? new Map<number, string>()
    customerOf.set(key, versions.set(order.version, order.customer))
  }
  const final = new Map<string, string>()
  for (const [key, order] of last) {
    const version = customers.get(order.customer)
    if (version !== undefined) final.set(key, shownEnriched(order.version, order.customer, version))
  }
  return { customerOf, customers, final }
}

export function shownEnriched(order: number, customer: string, version: number): string {
  return `order version ${order} with ${customer} version ${version}`
}
