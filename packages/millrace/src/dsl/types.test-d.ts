/** Types flow through a pipeline, and joins that make no sense do not compile. */

import { describe, expectTypeOf, it } from 'vitest'
import {
  type GlobalKTable,
  joinWindows,
  json,
  type KGroupedStream,
  type KStream,
  type KTable,
  long,
  StreamsBuilder,
  session,
  string,
  topic,
  tumbling,
  untilWindowCloses,
  type Windowed,
} from '../index.ts'
import type { StreamHandle } from '../plan/handles.ts'

interface Flight {
  readonly origin: string
  readonly airline: 'AA' | 'DL'
  readonly distance: number
  readonly delay: number
}

interface Airport {
  readonly city: string
}

const builder = new StreamsBuilder()
const flights = builder.stream(topic('flights', { key: string(), value: json<Flight>() }))
const airports = builder.globalTable(topic('airports', { key: string(), value: json<Airport>() }))
const cities = builder.table(topic('cities', { key: string(), value: json<Airport>() }))
const byNumber = builder.table(topic('by-number', { key: long(), value: json<Airport>() }))

describe('sources', () => {
  it('take their types from the topic or the options', () => {
    expectTypeOf(flights).toEqualTypeOf<KStream<string, Flight>>()
    expectTypeOf(airports).toEqualTypeOf<GlobalKTable<string, Airport>>()
    expectTypeOf(builder.stream('a', { value: json<Airport>() })).toEqualTypeOf<KStream<string, Airport>>()
    expectTypeOf(builder.stream(/a.*/, { key: long(), value: string() })).toEqualTypeOf<KStream<number, string>>()
    expectTypeOf(builder.stream('untyped')).toEqualTypeOf<KStream<string, unknown>>()
  })
})

describe('stateless operators', () => {
  it('infer keys and values', () => {
    expectTypeOf(flights.filter((flight) => flight.delay > 1)).toEqualTypeOf<KStream<string, Flight>>()
    expectTypeOf(flights.mapValues((flight) => flight.delay)).toEqualTypeOf<KStream<string, number>>()
    expectTypeOf(flights.map((flight, key) => [flight.delay, key])).toEqualTypeOf<KStream<number, string>>()
    expectTypeOf(flights.flatMap((flight) => [[flight.delay, flight.origin]])).toEqualTypeOf<KStream<number, string>>()
    expectTypeOf(flights.flatMapValues((flight) => [flight.delay])).toEqualTypeOf<KStream<string, number>>()
    expectTypeOf(flights.selectKey((flight) => flight.delay)).toEqualTypeOf<KStream<number, Flight>>()
    expectTypeOf(flights.groupBy((flight) => flight.delay)).toEqualTypeOf<KGroupedStream<number, Flight>>()
  })

  it('merge streams of different values', () => {
    const merged = flights.merge(flights.mapValues((flight) => flight.delay))
    expectTypeOf(merged).toEqualTypeOf<KStream<string, Flight | number>>()
    // @ts-expect-error the keys differ
    flights.merge(flights.selectKey((flight) => flight.delay))
  })

  it('let undefined stand for null without showing in the type', () => {
    const found = flights.mapValues((flight) => (flight.delay > 0 ? flight.origin : undefined))
    expectTypeOf(found).toEqualTypeOf<KStream<string, string>>()
  })

  it('name branches, and narrow them by type guards', () => {
    const { american, rest } = flights
      .split()
      .branch((flight): flight is Flight & { airline: 'AA' } => flight.airline === 'AA', { name: 'american' })
      .defaultBranch({ name: 'rest' })
    expectTypeOf(american).toEqualTypeOf<KStream<string, Flight & { airline: 'AA' }>>()
    expectTypeOf(rest).toEqualTypeOf<KStream<string, Flight>>()
    const branches = flights
      .split()
      .branch((flight) => flight.delay > 0, { name: 'late' })
      .noDefaultBranch()
    // @ts-expect-error there is no such branch
    branches.early
  })

  it('write only topics of the right type', () => {
    flights.to(topic('out', { key: string(), value: json<Flight>() }))
    cities.toStream().to(topic('out', { key: string(), value: json<Airport>() }))
    // @ts-expect-error the topic holds other values
    flights.to(topic('out', { key: string(), value: long() }))
    // @ts-expect-error the topic has other keys
    flights.to(topic('out', { key: long(), value: json<Flight>() }))
  })
})

describe('aggregations', () => {
  it('infer the aggregate from init', () => {
    const delays = flights.groupByKey().aggregate({
      init: () => ({ n: 0, sum: 0 }),
      add: (acc, flight) => ({ n: acc.n + 1, sum: acc.sum + flight.delay }),
      store: 'delays',
    })
    expectTypeOf(delays).toEqualTypeOf<KTable<string, { n: number; sum: number }>>()
    expectTypeOf(flights.groupByKey().count()).toEqualTypeOf<KTable<string, number>>()
    expectTypeOf(flights.groupByKey().reduce((a, b) => (a.delay > b.delay ? a : b))).toEqualTypeOf<
      KTable<string, Flight>
    >()
  })

  it('give windowed keys', () => {
    const grouped = flights.groupBy((flight) => flight.distance)
    const weekly = grouped.windowedBy(tumbling('7 days')).count()
    expectTypeOf(weekly).toEqualTypeOf<KTable<Windowed<number>, number>>()
    expectTypeOf(weekly.suppress(untilWindowCloses()).toStream()).toEqualTypeOf<
      KStream<Windowed<number>, number | null>
    >()
    // @ts-expect-error sessions need merge
    grouped.windowedBy(session('1 min')).aggregate({ init: () => 0, add: (n) => n + 1 })
  })

  it('never hand null values to plain aggregations', () => {
    const regrouped = flights.groupByKey().count().toStream().groupByKey()
    expectTypeOf(regrouped.reduce((a, b) => a + b)).toEqualTypeOf<KTable<string, number>>()
    regrouped.windowedBy(tumbling(10)).reduce((a, b) => {
      expectTypeOf(b).toEqualTypeOf<number | null>()
      return a
    })
  })

  it('select keys of a table stream', () => {
    const byCity = cities.toStream((city, key) => city?.city ?? key)
    expectTypeOf(byCity).toEqualTypeOf<KStream<string, Airport | null>>()
    expectTypeOf(cities.toStream({ name: 'n' })).toEqualTypeOf<KStream<string, Airport | null>>()
  })

  it('regroup tables', () => {
    const grouped = cities.groupBy((city, key) => [city.city, key.length])
    expectTypeOf(grouped.count()).toEqualTypeOf<KTable<string, number>>()
    expectTypeOf(grouped.reduce({ add: (a, b) => a + b, subtract: (a, b) => a - b })).toEqualTypeOf<
      KTable<string, number>
    >()
    // @ts-expect-error a table's aggregation must subtract
    grouped.aggregate({ init: () => 0, add: (a: number) => a })
  })

  it('cogroup several streams', () => {
    const table = flights
      .groupByKey()
      .cogroup<number>((sum, flight) => sum + flight.delay)
      .cogroup(cities.toStream().groupByKey(), (sum) => sum)
      .aggregate({ init: () => 0 })
    expectTypeOf(table).toEqualTypeOf<KTable<string, number>>()
  })
})

describe('joins', () => {
  it('infer their results', () => {
    const withCity = flights.join(cities, (flight, city, key) => ({ key, city: city.city, delay: flight.delay }))
    expectTypeOf(withCity).toEqualTypeOf<KStream<string, { key: string; city: string; delay: number }>>()
    const left = flights.leftJoin(cities, { join: (flight, city) => city?.city ?? flight.origin, name: 'j' })
    expectTypeOf(left).toEqualTypeOf<KStream<string, string>>()
    const global = flights.join(airports, {
      key: (flight) => flight.origin,
      join: (flight, airport) => ({ ...flight, ...airport }),
    })
    expectTypeOf(global.mapValues((joined) => joined.delay + joined.city.length)).toEqualTypeOf<
      KStream<string, number>
    >()
    const windows = joinWindows({ within: '1 min' })
    expectTypeOf(flights.join(flights, { join: (a, b) => a.delay + b.delay, windows })).toEqualTypeOf<
      KStream<string, number>
    >()
    expectTypeOf(flights.outerJoin(flights, { join: (a, b) => a ?? b, windows })).toEqualTypeOf<
      KStream<string, Flight | null>
    >()
    expectTypeOf(cities.join(cities, (a, b) => a.city + b.city)).toEqualTypeOf<KTable<string, string>>()
  })

  it('join tables on a foreign key', () => {
    const options = {
      foreignKey: (city: Airport) => city.city.length,
      join: (a: Airport, b: Airport) => a.city + b.city,
    }
    expectTypeOf(cities.join(byNumber, options)).toEqualTypeOf<KTable<string, string>>()
    const own = cities.join(cities, { foreignKey: (city) => city.city, join: (a, b) => [a.city, b.city], store: 'x' })
    expectTypeOf(own).toEqualTypeOf<KTable<string, string[]>>()
    // @ts-expect-error the other table's keys are numbers
    cities.join(byNumber, { foreignKey: (city) => city.city, join: (a) => a })
    // @ts-expect-error the row may be missing
    cities.leftJoin(cities, { foreignKey: (city) => city.city, join: (_a, b) => b.city })
  })

  it('see null for what may be missing', () => {
    // @ts-expect-error the row may be missing
    flights.leftJoin(cities, (_flight, city) => city.city)
    // @ts-expect-error the partner may be missing
    flights.outerJoin(flights, { join: (a) => a.delay, windows: joinWindows({ within: 1 }) })
  })

  it('refuse other keys', () => {
    // @ts-expect-error string keys and number keys
    flights.join(byNumber, (flight) => flight)
    // @ts-expect-error string keys and number keys
    cities.join(byNumber, (city) => city)
    const windowed = flights.groupByKey().windowedBy(tumbling('1 hour')).count()
    // @ts-expect-error plain and windowed keys
    flights.join(windowed, (flight) => flight)
    // @ts-expect-error the global table's keys are strings
    flights.join(airports, { key: (flight) => flight.delay, join: (flight) => flight })
  })
})

describe('apply', () => {
  it('wraps what the operator gives', () => {
    const operator = (stream: StreamHandle<string, Flight>): StreamHandle<number, Airport> => stream as never
    expectTypeOf(flights.apply(operator)).toEqualTypeOf<KStream<number, Airport>>()
    expectTypeOf(flights.apply(() => 42)).toEqualTypeOf<number>()
    // @ts-expect-error an operator for other streams
    flights.apply((stream: StreamHandle<number, Airport>) => stream)
  })
})
