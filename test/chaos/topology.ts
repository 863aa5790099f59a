/**
 * The topologies under chaos, in one application: echo, count, count after a repartition, windowed sum, stream–stream join,
 * foreign-key join. Windows are never closed early (a grace of an hour), so that every result follows from the input alone.
 */

import {
  type BuiltTopology,
  joinWindows,
  json,
  long,
  StreamsBuilder,
  string,
  timeWindowed,
  topic,
  tumbling,
} from 'millrace'
import {
  type Customer,
  type Enriched,
  type Item,
  JOIN_WITHIN_MS,
  type Order,
  type Pair,
  type Side,
  WINDOW_MS,
} from './topics.ts'

const builder = new StreamsBuilder()

const items = builder.stream(topic('items', { key: string(), value: json<Item>() }))
items.to(topic('echo', { key: string(), value: json<Item>() }))
items
  .groupByKey()
  .count({ store: 'counts' })
  .toStream()
  .to(topic('counts', { key: string(), value: long() }))
items
  .groupBy((item) => item.group, { name: 'by-group' })
  .count({ store: 'groups' })
  .toStream()
  .to(topic('groups', { key: string(), value: long() }))
items
  .groupByKey()
  .windowedBy(tumbling(WINDOW_MS, { grace: '1 hour' }))
  .aggregate({ init: () => 0, add: (sum: number, item) => sum + item.n, store: 'sums', value: long() })
  .toStream()
  .to(topic('sums', { key: timeWindowed(string(), WINDOW_MS), value: long() }))

builder
  .stream(topic('left', { key: string(), value: json<Side>() }))
  .join(builder.stream(topic('right', { key: string(), value: json<Side>() })), {
    join: (left, right): Pair => ({ left: left.id, right: right.id }),
    windows: joinWindows({ within: JOIN_WITHIN_MS, grace: '1 hour' }),
  })
  .to(topic('joined', { key: string(), value: json<Pair>() }))

builder
  .table(topic('orders', { key: string(), value: json<Order>() }))
  .join(builder.table(topic('customers', { key: string(), value: json<Customer>() })), {
    foreignKey: (order) => order.customer,
    join: (order, { version }): Enriched => ({ order: order.version, customer: order.customer, version }),
    name: 'enrich',
    store: 'enriched',
    value: json<Enriched>(),
  })
  .toStream()
  .to(topic('enriched', { key: string(), value: json<Enriched | null>() }))

export const topology: BuiltTopology = builder.build()
