/** What each operator makes of key and value types, one by one; and joins that make no sense do not compile. */

import { describe, expectTypeOf, it } from 'vitest'
import {
  type CogroupedKStream,
  double,
  joinWindows,
  json,
  type KGroupedStream,
  type KGroupedTable,
  type KStream,
  type KTable,
  long,
  type SessionWindowedKStream,
  type StreamRecord,
  StreamsBuilder,
  session,
  sliding,
  string,
  type TimeWindowedKStream,
  topic,
  tumbling,
  unlimited,
  untilTimeLimit,
  untilWindowCloses,
  type Windowed,
} from '../index.ts'

interface Order {
  readonly customer: string
  readonly total: number
}
interface Customer {
  readonly name: string
}

const builder = new StreamsBuilder()
const orders = builder.stream(topic('orders', { key: string(), value: json<Order>() }))
const totals = builder.stream(topic('totals', { key: long(), value: double() }))
const customers = builder.table(topic('customers', { key: string(), value: json<Customer>() }))
const numbered = builder.table(topic('numbered', { key: long(), value: json<Customer>() }))
const rates = builder.globalTable(topic('rates', { key: long(), value: double() }))
const windows = joinWindows({ within: '1 min' })

describe('stream operators', () => {
  it('that keep the types', () => {
    expectTypeOf(orders.filterNot((order, key) => order.total > key.length)).toEqualTypeOf<KStream<string, Order>>()
    expectTypeOf(orders.peek((order, key) => [order.total, key.length])).toEqualTypeOf<KStream<string, Order>>()
    expectTypeOf(orders.foreach((order) => order.total)).toEqualTypeOf<void>()
    expectTypeOf(orders.repartition({ partitions: 3 })).toEqualTypeOf<KStream<string, Order>>()
    expectTypeOf(orders.groupByKey()).toEqualTypeOf<KGroupedStream<string, Order>>()
    expectTypeOf(orders.toTable()).toEqualTypeOf<KTable<string, Order>>()
  })

  it('that change them', () => {
    const pairs = orders.flatMap((order, key) => [[order.total, [key]] as const])
    expectTypeOf(pairs).toEqualTypeOf<KStream<number, readonly [string]>>()
    expectTypeOf(orders.mapValues(({ total }) => (total > 0 ? total : null))).toEqualTypeOf<
      KStream<string, number | null>
    >()
    const nullable = orders.mapValues(({ total }) => (total > 0 ? total : null))
    expectTypeOf(nullable.toTable()).toEqualTypeOf<KTable<string, number>>()
    expectTypeOf(orders.groupBy((order) => order.total || null)).toEqualTypeOf<KGroupedStream<number, Order>>()
  })

  it('take processors, and their types', () => {
    const processed = orders.process(() => ({ process: (_record: StreamRecord<string, Order>): void => {} }))
    expectTypeOf(processed).toExtend<KStream<unknown, unknown>>()
    const values = orders.processValues<number>(() => {
      let forward: (record: StreamRecord<string, number>) => void
      return {
        init(context) {
          forward = (record) => context.forward(record)
        },
        process(record) {
          expectTypeOf(record).toEqualTypeOf<StreamRecord<string, Order>>()
          forward(record.withValue(record.value.total))
        },
      }
    })
    expectTypeOf(values).toEqualTypeOf<KStream<string, number>>()
    // @ts-expect-error the processor is for other records
    orders.process(() => ({ process: (_record: StreamRecord<number, string>): void => {} }))
  })
})

describe('windows and aggregations', () => {
  it('have a façade each', () => {
    const grouped = orders.groupByKey()
    expectTypeOf(grouped.windowedBy(tumbling(10))).toEqualTypeOf<TimeWindowedKStream<string, Order>>()
    expectTypeOf(grouped.windowedBy(sliding(10))).toEqualTypeOf<TimeWindowedKStream<string, Order>>()
    expectTypeOf(grouped.windowedBy(unlimited())).toEqualTypeOf<TimeWindowedKStream<string, Order>>()
    expectTypeOf(grouped.windowedBy(session(10))).toEqualTypeOf<SessionWindowedKStream<string, Order>>()
  })

  it('infer the aggregate of windows and sessions, callbacks included', () => {
    const spent = orders
      .groupBy((order) => order.customer)
      .windowedBy(tumbling('1 hour'))
      .aggregate({
        init: () => ({ sum: 0 }),
        add: (aggregate, order, key) => {
          expectTypeOf(aggregate).toEqualTypeOf<{ sum: number }>()
          expectTypeOf(order).toEqualTypeOf<Order>()
          expectTypeOf(key).toEqualTypeOf<string>()
          return { sum: aggregate.sum + order.total }
        },
      })
    expectTypeOf(spent).toEqualTypeOf<KTable<Windowed<string>, { sum: number }>>()
    const visits = orders
      .groupByKey()
      .windowedBy(session('30 min'))
      .aggregate({ init: (): Order[] => [], add: (seen, order) => [...seen, order], merge: (a, b) => [...a, ...b] })
    expectTypeOf(visits).toEqualTypeOf<KTable<Windowed<string>, Order[]>>()
    expectTypeOf(visits.toStream((_visit, { key, window }) => key + window.end)).toEqualTypeOf<
      KStream<string, Order[] | null>
    >()
  })

  it('need an annotated initialiser where it says too little', () => {
    // @ts-expect-error `() => []` is never[]: write (): Order[] => []
    orders.groupByKey().aggregate({ init: () => [], add: (seen, order) => [...seen, order] })
    const seen = orders.groupByKey().aggregate({ init: (): Order[] => [], add: (all, order) => [...all, order] })
    expectTypeOf(seen).toEqualTypeOf<KTable<string, Order[]>>()
  })

  it('cogroup with windows', () => {
    const cogrouped = orders.groupByKey().cogroup<number>((sum, order) => sum + order.total)
    expectTypeOf(cogrouped).toEqualTypeOf<CogroupedKStream<string, number>>()
    const hourly = cogrouped.windowedBy(tumbling('1 hour')).aggregate({ init: () => 0 })
    expectTypeOf(hourly).toEqualTypeOf<KTable<Windowed<string>, number>>()
    // @ts-expect-error the other group's keys are numbers
    cogrouped.cogroup(totals.groupByKey(), (sum) => sum)
    // @ts-expect-error the initialiser gives another aggregate
    cogrouped.aggregate({ init: () => 'none' })
  })
})

describe('table operators', () => {
  it('keep or change the value', () => {
    expectTypeOf(customers.filter((customer) => customer.name !== '')).toEqualTypeOf<KTable<string, Customer>>()
    expectTypeOf(customers.filterNot((_customer, id) => id === '')).toEqualTypeOf<KTable<string, Customer>>()
    expectTypeOf(customers.mapValues((customer, id) => `${id}${customer.name}`)).toEqualTypeOf<KTable<string, string>>()
    expectTypeOf(customers.suppress(untilTimeLimit('1 min'))).toEqualTypeOf<KTable<string, Customer>>()
    const lengths = customers.transformValues(() => ({
      transform: (customer: Customer | null, id: string) => customer?.name.length ?? id.length,
    }))
    expectTypeOf(lengths).toEqualTypeOf<KTable<string, number>>()
  })

  it('drop rows whose value is null from the type', () => {
    const named = customers.mapValues(({ name }) => (name === '' ? null : name))
    expectTypeOf(named).toEqualTypeOf<KTable<string, string>>()
  })

  it('group by another key', () => {
    const grouped = customers.groupBy((customer, id) => [customer.name.length, id])
    expectTypeOf(grouped).toEqualTypeOf<KGroupedTable<number, string>>()
    const ids = grouped.aggregate({
      init: (): string[] => [],
      add: (all, id) => [...all, id],
      subtract: (all, id) => all.filter((other) => other !== id),
    })
    expectTypeOf(ids).toEqualTypeOf<KTable<number, string[]>>()
  })

  it('keep windowed keys through suppress and mapValues', () => {
    const final = orders.groupByKey().windowedBy(tumbling(10)).count().suppress(untilWindowCloses())
    expectTypeOf(final.mapValues((n, { key, window }) => key.length + window.start + n)).toEqualTypeOf<
      KTable<Windowed<string>, number>
    >()
  })
})

describe('joiners', () => {
  it('see both values and the key', () => {
    orders.join(customers, (order, customer, key) => {
      expectTypeOf(order).toEqualTypeOf<Order>()
      expectTypeOf(customer).toEqualTypeOf<Customer>()
      expectTypeOf(key).toEqualTypeOf<string>()
      return null
    })
    orders.leftJoin(rates, {
      key: (order, key) => order.total + key.length,
      join: (order, rate) => {
        expectTypeOf(rate).toEqualTypeOf<number | null>()
        return order.total * (rate ?? 1)
      },
    })
    const both = orders.outerJoin(orders, { join: (one, other) => [one, other] as const, windows })
    expectTypeOf(both).toEqualTypeOf<KStream<string, readonly [Order | null, Order | null]>>()
    const full = customers.outerJoin(customers, (one, other) => one?.name ?? other?.name)
    expectTypeOf(full).toEqualTypeOf<KTable<string, string>>()
  })

  it('join windowed streams with windowed tables of the same keys', () => {
    const hourly = orders.groupByKey().windowedBy(tumbling('1 hour')).count()
    const joined = hourly.join(hourly, (one, other) => one + other)
    expectTypeOf(joined).toEqualTypeOf<KTable<Windowed<string>, number>>()
    expectTypeOf(hourly.toStream().join(hourly, (one, other) => one + other)).toEqualTypeOf<
      KStream<Windowed<string>, number>
    >()
  })
})

describe('wrong joins do not compile', () => {
  const hourly = orders.groupByKey().windowedBy(tumbling('1 hour')).count()

  it('of streams', () => {
    // @ts-expect-error string keys and number keys
    orders.join(totals, { join: (order) => order, windows })
    // @ts-expect-error string keys and number keys
    orders.outerJoin(totals, { join: (order) => order, windows })
    // @ts-expect-error plain and windowed keys
    orders.join(hourly.toStream(), { join: (order) => order, windows })
    // @ts-expect-error a join of streams needs windows
    orders.join(orders, { join: (order) => order })
    // @ts-expect-error windows of aggregations are no windows of joins
    orders.join(orders, { join: (order) => order, windows: tumbling(10) })
  })

  it('of a stream with a table', () => {
    // @ts-expect-error string keys and number keys
    orders.leftJoin(numbered, (order) => order)
    // @ts-expect-error windowed and plain keys
    hourly.toStream().join(customers, (n) => n)
    // @ts-expect-error the global table's keys are numbers
    orders.join(rates, { key: (order) => order.customer, join: (order) => order })
    // @ts-expect-error a global table needs the key to look up
    orders.join(rates, (order: Order) => order)
  })

  it('of tables', () => {
    // @ts-expect-error string keys and number keys
    customers.leftJoin(numbered, (customer) => customer)
    // @ts-expect-error string keys and number keys
    customers.outerJoin(numbered, (customer) => customer)
    // @ts-expect-error windowed and plain keys
    hourly.join(customers, (n) => n)
    // @ts-expect-error the foreign key is of another type
    customers.join(numbered, { foreignKey: (customer) => customer.name, join: (customer) => customer })
  })
})
