/**
 * The topologies under chaos, in one application: echo, count, count after a repartition, windowed sum, stream–stream join,
 * foreign-key join, two patterns. Windows are never closed early (a grace of an hour), so that every result follows from the input alone.
 */

import { detect, pattern } from '@millrace/patterns'
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
  CALM_MS,
  type Customer,
  type Enriched,
  type Item,
  JOIN_WITHIN_MS,
  type Order,
  PATTERN_WITHIN_MS,
  type Pair,
  type Revival,
  type Side,
  type Surge,
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

const isLow = ({ n }: Item): boolean => n < 20
const isHigh = ({ n }: Item): boolean => n >= 80
const surge = pattern<Item>()
  .begin('low', isLow)
  .followedBy('middle', ({ n }) => n >= 20 && n < 60)
  .oneOrMore()
  .followedBy('high', isHigh)
  .within(PATTERN_WITHIN_MS)
items
  .groupByKey()
  .apply(detect(surge, { name: 'surge' }))
  .matches.mapValues(
    ({ low, middle, high }): Surge => ({ low: low.id, middle: middle.map(({ id }) => id), high: high.id }),
  )
  .to(topic('surges', { key: string(), value: json<Surge>() }))

const revival = pattern<Item>()
  .begin('low', isLow)
  .absent('calm', isHigh, CALM_MS)
  .followedBy('high', isHigh)
  .within(PATTERN_WITHIN_MS)
const revivals = items.groupByKey().apply(detect(revival, { name: 'revival' }))
revivals.matches
  .mapValues(({ low, high }): Revival => ({ low: low.id, high: high.id }))
  .to(topic('revivals', { key: string(), value: json<Revival>() }))
revivals.timeouts
  .mapValues(({ low }): Revival => ({ low: low?.id ?? 0 }))
  .to(topic('lapses', { key: string(), value: json<Revival>() }))

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
